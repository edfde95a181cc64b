# atalaya.yaml: what it says, and every fault that can be seen here, told at plan.
#
# What may stand in it is told by settings-schema.json, which is generated of the table that `atalaya check` and the
# functions read by (shared/core/src/settings/schema.rs); docs/config.md is its reference. Only what that table cannot
# know stands in this file. Paths and words are those of `atalaya check`, which says more, with lines.

locals {
  settings_text = file(var.config)
  # A text that is no YAML stops here, with its line; one of nothing but comments is no document to yamldecode.
  settings_root = can(regex("(?m)^\\s*[^\\s#]", local.settings_text)) ? yamldecode(local.settings_text) : null

  # What each kind of value is called, and what of YAML's types it takes. YAML 1.1, which yamldecode reads, makes numbers
  # and truth values of texts, such as `false` of a plain `off`, so that a text is held by its letters.
  kinds = {
    mapping = { wanted = "a mapping of keys and values", as_in = "{}", takes = ["a mapping"] }
    list    = { wanted = "a list", as_in = "[]", takes = ["a list"] }
    text    = { wanted = "a text", as_in = "\"\"", takes = ["a text", "a number", "a truth value"] }
    number  = { wanted = "a number", as_in = "99.9", takes = ["a number"] }
    boolean = { wanted = "true or false", as_in = "true", takes = ["a truth value"] }
    unknown = { wanted = "", as_in = "", takes = ["a mapping", "a list", "a text", "a number", "a truth value", "nothing"] }
  }
  types = { for name, type in merge({ unknown = { kind = "unknown" } }, jsondecode(file("${path.module}/settings-schema.json"))) :
    name => merge({
      keys      = {}, known = "", each = "unknown", names = "", required = [], one_of = [], empty = [],
      or_single = false, hides = false, checks = [], range = [],
      before    = type.kind == "list" ? "[" : ".", after = type.kind == "list" ? "]" : "",
    }, type)
  }

  # Every value of the file with its path and its type, level by level: HCL has no recursion. A test counts the levels.
  level_0 = [{ path = "", above = "", of = "file", type = "file", value = local.settings_root }]
  level_1 = flatten([for at in local.level_0 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_2 = flatten([for at in local.level_1 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_3 = flatten([for at in local.level_2 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_4 = flatten([for at in local.level_3 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_5 = flatten([for at in local.level_4 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_6 = flatten([for at in local.level_5 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_7 = flatten([for at in local.level_6 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  level_8 = flatten([for at in local.level_7 : [for type in [local.types[at.type]] : try([for key, value in at.value :
    { path = "${at.path}${type.before}${key}${type.after}", above = at.path, of = at.type, type = try(type.keys[key], type.each), value = value }
  if type.kind == (can(keys(at.value)) ? "mapping" : "list")], [])]])
  levels = concat(local.level_0, local.level_1, local.level_2, local.level_3, local.level_4, local.level_5, local.level_6, local.level_7, local.level_8)
  # The names that the author chose are values, too.
  names = flatten([for at in local.levels : [
    for name in try(keys(at.value), []) : { path = "${at.path}.${name}", above = at.path, of = at.type, type = local.types[at.type].names, value = name }
  ] if local.types[at.type].names != ""])

  settings = [for at in concat(local.levels, local.names) : {
    type  = at.type
    of    = at.of
    value = at.value
    # Where secrets are told, a key that is not known may be a secret that lost its own, so it is not shown.
    path = at.path == "" ? "the file" : trimprefix(at.type == "unknown" && local.types[at.of].hides ? "${at.above}.?" : at.path, ".")
    is = (
      at.value == null ? "nothing" :
      can(keys(at.value)) ? "a mapping" :
      can(concat(at.value, [])) ? "a list" :
      contains(["true", "false"], jsonencode(at.value)) ? "a truth value" :
      startswith(jsonencode(at.value), "\"") ? "a text" : "a number"
    )
    text = at.value == null ? null : try(tostring(at.value), null)
  }]

  # Each as `path: problem (remedy)`.
  table_faults = flatten([for at in local.settings : [for type in [local.types[at.type]] : [for fault in concat(
    at.type == "unknown" ? ["is not a known key (known here: ${local.types[at.of].known})"] : [],
    [for kind in [local.kinds[type.kind]] :
      "must be ${kind.wanted}, not ${at.is} (write it as in ${kind.as_in}${at.is == "nothing" ? ", or remove the key" : ""})"
      if !contains(kind.takes, at.is) && !(type.or_single && at.text != null) && !(at.path == "the file" && at.is == "nothing")
    ],
    [for key in type.required : "has no `${key}` (add `${key}`, which has no default)" if at.is == "a mapping" && !can(at.value[key])],
    # A key that is not known may be the one that is missed.
    [for one_of in type.one_of : one_of.fault
      if at.is == "a mapping" && try(length(setintersection(keys(at.value), one_of.keys)) != 1, false)
      && try(length(setsubtract(keys(at.value), keys(type.keys))) == 0, false)
    ],
    [for fault in type.empty : fault if at.is == "a list" && try(length(at.value) == 0, false)],
    # Of several checks of a text, the first that fails is told.
    try([[for check in type.checks : check.fault if at.text != null && can(regex(check.form, at.text)) != check.is][0]], [
      for range in type.range : range.fault
      if try(!anytrue([for number in [tonumber(regex("^[-+]?[0-9.]+", at.text)) * range.units[regex("[a-z%]*$", at.text)]] :
      number >= range.least && number <= range.most]), false)
    ]),
    ) : "${at.path}: ${replace(fault, "{value}", at.text == null ? "" : substr(at.text, 0, 48))}"
  ]]])

  # What no table can tell: that a log group belongs to one service, and what DynamoDB holds.
  log_group_places = [for at in local.settings : { path = at.path, group = at.text, service = regex("^services[.](.*)[.]log_groups", at.path)[0] } if at.type == "log group" && at.text != null]
  log_groups       = toset([for place in local.log_group_places : place.group])
  settings_faults = concat(
    local.table_faults,
    flatten([for index, place in local.log_group_places : [
      for first in [for other in slice(local.log_group_places, 0, index) : other if other.group == place.group] :
      "${place.path}: `${place.group}` already belongs to `${first.service}` at ${first.path} (a log group belongs to one service; remove it from one of the two places)"
    ]]),
    length(local.settings_text) > 390000 ? ["the file: is over 390,000 characters long (an item of DynamoDB, which carries it to the functions, holds 400 KB)"] : [],
  )

  # The only faults that would cost money by the minute, so they are told apart from the rest.
  own_log_group_faults = [for place in local.log_group_places :
    "${place.path}: `${place.group}` is a log group of Atalaya itself (remove it: Atalaya would read what it writes, for ever)"
    if startswith(place.group, "/aws/lambda/atalaya") || startswith(place.group, "/aws/lambda/${var.name}")
  ]
}

# The gate: whatever is told to the outside or paid for depends on it.
resource "terraform_data" "settings" {
  input = sha256(local.settings_text)

  lifecycle {
    precondition {
      condition     = length(local.settings_faults) == 0
      error_message = <<-EOT
        ${basename(var.config)} has faults:
        ${join("\n", [for fault in local.settings_faults : "  - ${fault}"])}
        `atalaya check ${basename(var.config)}` tells the line of each.
      EOT
    }

    precondition {
      condition     = length(local.own_log_group_faults) == 0
      error_message = <<-EOT
        ${basename(var.config)} names log groups of Atalaya itself. It would read what it writes, and write about it again, for ever, and each line is paid for:
        ${join("\n", [for fault in local.own_log_group_faults : "  - ${fault}"])}
      EOT
    }
  }
}

# The functions read this item. `sweep` copies a version without fault to `good`, which stands in for one with faults.
resource "aws_dynamodb_table_item" "settings" {
  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  range_key  = aws_dynamodb_table.this.range_key
  item = jsonencode({
    PK = { S = "F#atalaya" }
    SK = { S = "next" }
    v  = { N = "1" }
    d  = { S = local.settings_text }
  })

  depends_on = [terraform_data.settings]
}
