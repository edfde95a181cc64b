# atalaya.yaml: what it says, and every fault that can be seen here, told at plan.
#
# `atalaya check` and the functions read the same file by the same rules (docs/config.md) and say more, with lines:
# this is the part of it that needs no binary. Paths and words are those of `atalaya check`.

locals {
  settings_text = file(var.config)
  # A text that is no YAML stops here, with its line; one of nothing but comments is no document to yamldecode.
  settings_root = can(regex("(?m)^\\s*[^\\s#]", local.settings_text)) ? yamldecode(local.settings_text) : null
  settings      = try(merge(local.settings_root, {}), {})
  services      = try(merge(local.settings.services, {}), {})
  severities    = try(merge(local.settings.notify, {}), {})

  # Every place in the file that names a log group, in the order of the services' names.
  log_group_places = flatten([
    for service, body in local.services : [
      for index, group in try(concat(body.log_groups, []), []) : {
        path    = "services.${service}.log_groups[${index}]"
        service = service
        group   = try(tostring(group), "")
      }
    ]
  ])
  log_groups = toset([for place in local.log_group_places : place.group])

  slo_places = flatten([
    for service, body in local.services : [
      for index, slo in try(concat(body.slos, []), []) : { path = "services.${service}.slos[${index}]", slo = slo }
    ]
  ])

  # The rules of `extract`, and everywhere a rule has examples.
  rule_places = flatten([
    for service, body in local.services : [
      for index, rule in try(concat(body.extract, []), []) : { path = "services.${service}.extract[${index}]", rule = rule }
    ]
  ])
  example_places = flatten(concat(
    [for place in local.rule_places : [
      for index, example in try(concat(place.rule.examples, []), []) : { path = "${place.path}.examples[${index}]", example = example }
    ]],
    [for service, body in local.services : [for field, rule in try(merge(body.fields, {}), {}) : [
      for index, example in try(concat(rule.examples, []), []) : { path = "services.${service}.fields.${field}.examples[${index}]", example = example }
    ]]],
  ))

  # Where `detectors` stands, each detector in it, and each route and dependency that is spoken of.
  all_detectors_places = concat(
    [for value in [try(local.settings.detectors, {})] : { path = "detectors", value = value }],
    [for service, body in local.services : { path = "services.${service}.detectors", value = try(body.detectors, {}) }],
  )
  detector_places = flatten([
    for place in local.all_detectors_places : [
      for detector, value in try(merge(place.value, {}), {}) : { path = "${place.path}.${detector}", detector = detector, value = value }
      if contains(local.known_keys.detectors, detector)
    ]
  ])
  subject_places = flatten([
    for place in local.detector_places : [
      for kind in ["routes", "dependencies"] : [
        for name, value in try(merge(place.value[kind], {}), {}) : { path = "${place.path}.${kind}.${name}", detector = place.detector, value = value }
      ]
    ]
  ])
  wish_places = concat(local.detector_places, local.subject_places)

  channel_places = flatten([
    for severity, channels in local.severities : [
      for index, channel in try(concat(channels, []), []) : [
        for kind, body in try(merge(channel, {}), {}) : {
          path = "notify.${severity}[${index}].${kind}"
          kind = kind
          body = body
        }
      ]
    ]
  ])

  # The keys of each kind of mapping; shared/core/src/settings/keys.rs holds the same list.
  known_keys = {
    root       = ["namespace", "services", "detectors", "notify", "mask"]
    service    = ["log_groups", "owner", "runbook", "routes", "format", "fields", "patterns", "extract", "dependencies", "slos", "detectors", "max_series"]
    detectors  = ["error_rate", "latency", "latency_tail", "after_deploy", "drift", "traffic_drop", "completed_drop", "no_logs", "new_error", "error_surge", "latency_level", "traffic_level"]
    detector   = ["at_most", "sensitivity", "at_least", "routes", "dependencies"]
    wish       = ["at_most", "sensitivity", "at_least"]
    fields     = ["timestamp", "level", "message", "service", "method", "path", "route", "status", "latency", "trace_id", "error_type", "dependency"]
    field      = ["path", "unit", "examples"]
    rule       = ["name", "grok", "regex", "of", "unit", "set", "examples"]
    example    = ["line", "gives"]
    dependency = ["external", "rds_cluster", "aliases"]
    slo        = ["name", "objective", "window", "threshold", "route"]
    mask       = ["national_ids"]
    notify     = ["page", "ticket", "info"]
    channel    = ["pagerduty", "slack", "sns", "webhook"]
    pagerduty  = ["routing_key"]
    slack      = ["webhook"]
    sns        = ["topic"]
    webhook    = ["url"]
  }

  # Every mapping of the file whose keys are fixed, with the path before its keys.
  mappings = concat(
    [{ path = "", section = "root", value = try(merge(local.settings_root, {}), local.settings_root) }],
    [for name, value in local.services : { path = "services.${name}", section = "service", value = value }],
    flatten([for name, service in local.services : concat(
      [for fields in [try(service.fields, {})] : { path = "services.${name}.fields", section = "fields", value = fields }],
      [for field, value in try(merge(service.fields, {}), {}) : { path = "services.${name}.fields.${field}", section = "field", value = value }
      if contains(local.known_keys.fields, field)],
      [for key, value in try(merge(service.dependencies, {}), {}) : { path = "services.${name}.dependencies.${key}", section = "dependency", value = value }],
    )]),
    [for place in local.rule_places : { path = place.path, section = "rule", value = place.rule }],
    [for place in local.rule_places : { path = "${place.path}.set", section = "fields", value = place.rule.set } if can(place.rule.set)],
    [for place in local.example_places : { path = place.path, section = "example", value = place.example }],
    # What a pattern gives is a mapping of fields, or the word `nothing`; what a key gives is a value.
    [for place in local.example_places : { path = "${place.path}.gives", section = "fields", value = place.example.gives }
    if can(keys(place.example.gives))],
    [for place in local.slo_places : { path = place.path, section = "slo", value = place.slo }],
    # In the place of wishes stands perhaps one word.
    [for place in local.all_detectors_places : { path = place.path, section = "detectors", value = place.value } if !can(tostring(place.value))],
    [for place in local.detector_places : { path = place.path, section = "detector", value = place.value } if !can(tostring(place.value))],
    flatten([for place in local.detector_places : [
      for kind in ["routes", "dependencies"] : { path = "${place.path}.${kind}", section = "", value = place.value[kind] }
      if can(place.value[kind])
    ]]),
    [for place in local.subject_places : { path = place.path, section = "wish", value = place.value } if !can(tostring(place.value))],
    [for value in [try(local.settings.mask, {})] : { path = "mask", section = "mask", value = value }],
    [for value in [try(local.settings.notify, {})] : { path = "notify", section = "notify", value = value }],
    flatten([for severity, channels in local.severities : [
      for index, channel in try(concat(channels, []), []) : { path = "notify.${severity}[${index}]", section = "channel", value = channel }
    ]]),
    [for place in local.channel_places : { path = place.path, section = place.kind, value = place.body }
    if contains(local.known_keys.channel, place.kind)],
  )

  # YAML 1.1, which yamldecode reads, makes `false` of a plain `off`.
  reaches       = ["page", "ticket", "info", "off", "false"]
  sensitivities = ["low", "medium", "high"]
  least_share = {
    form  = "^([0-9]*[1-9][0-9]*([.][0-9]*)?|0*[.][0-9]*[1-9][0-9]*) *%$"
    words = "must be above 0% and at most 100% (it is the share below which nothing is told, as in 2%)"
  }
  least_rate = {
    form  = "^([0-9]*[1-9][0-9]*([.][0-9]*)?|0*[.][0-9]*[1-9][0-9]*)$"
    words = "must be a number above 0 (it is how often in a minute, below which nothing is told, as in 5)"
  }
  least_rules = {
    latency       = { form = "^[0-9]{1,9}(ms|s|m|h)$", words = "must be a duration between 1ms and 1h (it is the duration below which nothing is told, as in 800ms or 2s)" }
    latency_level = { form = "^[0-9]{1,9}(ms|s|m|h)$", words = "must be a duration between 1ms and 1h (it is the duration below which nothing is told, as in 800ms or 2s)" }
    no_logs       = { form = "^[0-9]{1,9}(ms|s|m|h|d)$", words = "must be a duration between 1m and 24h (it is how long it must last before it is told, as in 30m)" }
    new_error     = local.least_rate
    error_surge   = local.least_rate
    traffic_level = local.least_rate
  }
  formats       = ["auto", "json", "logfmt", "layout", "access", "none"]
  name_rule     = "use 1 to 100 letters, digits, `.`, `_` and `-`, beginning with a letter or digit"
  duration_rule = "write a whole number and a unit, as in 500ms, 1s, 2m, 1h or 30d"
  secret_keys   = { pagerduty = "routing_key", slack = "webhook", webhook = "url" }
}

# Faults, each as `path: problem (remedy)`.
locals {
  shape_faults = concat(
    [for mapping in local.mappings :
      "${mapping.path == "" ? "the file" : mapping.path}: must be a mapping of keys and values (write it as in {}, or remove the key)"
    if !can(keys(mapping.value))],
    [for key in ["services"] : "services: must be a mapping of keys and values (write it as in {}, or remove the key)"
    if can(local.settings[key]) && !can(keys(local.settings[key]))],
    flatten([for mapping in local.mappings : [
      for key in try(keys(mapping.value), []) :
      # Where secrets are told, an unknown key may be a secret that lost its key, so it is not shown.
      "${mapping.path == "" ? "" : "${mapping.path}."}${startswith(mapping.path, "notify") ? "?" : key}: is not a known key (known here: ${join(", ", local.known_keys[mapping.section])})"
      if !contains(lookup(local.known_keys, mapping.section, [key]), key)
    ]]),
    [for name in keys(local.services) : "services.${name}: is not a name (${local.name_rule})"
    if !can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", name))],
    # A list that is written as something else would be passed over in silence.
    flatten([for name, service in local.services : [for key in ["log_groups", "routes", "extract", "slos"] :
      "services.${name}.${key}: must be a list (write it as in [])"
      if can(service[key]) && !can(concat(service[key], []))
    ]]),
    [for severity, channels in local.severities : "notify.${severity}: must be a list (write it as in [])"
    if !can(concat(channels, []))],
    length(local.settings_text) > 390000 ? ["the file: is over 390,000 characters long (an item of DynamoDB, which carries it to the functions, holds 400 KB)"] : [],
  )

  log_group_faults = concat(
    [for name, service in local.services : "services.${name}: has no `log_groups` (add `log_groups`, which has no default)"
    if can(keys(service)) && !can(service.log_groups)],
    [for name, service in local.services : "services.${name}.log_groups: must name at least one log group (without one the service is never heard)"
    if try(length(concat(service.log_groups, [])) == 0, false)],
    [for place in local.log_group_places : "${place.path}: must be the name of a log group, not its ARN (keep what follows `log-group:`, without a final `:*`)"
    if startswith(place.group, "arn:")],
    [for place in local.log_group_places : "${place.path}: `${place.group}` is not the name of a log group (CloudWatch takes 1 to 512 of the characters A-Z a-z 0-9 _ / . - #)"
    if !startswith(place.group, "arn:") && !can(regex("^[A-Za-z0-9_/.#-]{1,512}$", place.group))],
    # RE2 repeats 1,000 times at most, which is enough for 512.
    flatten([for index, place in local.log_group_places : [
      for first in [for other in slice(local.log_group_places, 0, index) : other if other.group == place.group] :
      "${place.path}: `${place.group}` already belongs to `${first.service}` at ${first.path} (a log group belongs to one service; remove it from one of the two places)"
    ]]),
  )

  # The only faults that would cost money by the minute, so they are told apart from the rest.
  own_log_group_faults = [for place in local.log_group_places :
    "${place.path}: `${place.group}` is a log group of Atalaya itself (remove it: Atalaya would read what it writes, for ever)"
    if startswith(place.group, "/aws/lambda/atalaya") || startswith(place.group, "/aws/lambda/${var.name}")
  ]

  # Patterns and examples are for `atalaya check` and the functions, which have the engine.
  rule_faults = flatten([
    [for place in local.rule_places : concat(
      [for key in ["name", "examples"] : "${place.path}: has no `${key}` (add `${key}`, which has no default)"
      if can(keys(place.rule)) && !can(place.rule[key])],
      can(keys(place.rule)) && can(place.rule.grok) == can(place.rule.regex)
      ? ["${place.path}: must have one of `grok` and `regex` (write a pattern with names as in %%{NUMBER:latency:ms}, or one with groups as in (?<status>\\d{3}))"]
      : [],
    )],
    [for place in local.example_places : [for key in ["line", "gives"] : "${place.path}: has no `${key}` (add `${key}`, which has no default)"
    if can(keys(place.example)) && !can(place.example[key])]],
    [for name, service in local.services : [
      for format in [try(service.format, "auto")] :
      "services.${name}.format: `${try(tostring(format), "that")}` is not a form of lines (use one of: ${join(", ", local.formats)})"
      if !contains(local.formats, try(tostring(format), ""))
    ]],
  ])

  slo_faults = flatten([for place in local.slo_places : concat(
    [for key in ["name", "objective"] : "${place.path}: has no `${key}` (add `${key}`, which has no default)"
    if can(keys(place.slo)) && !can(place.slo[key])],
    [for name in [try(place.slo.name, "a")] : "${place.path}.name: is not a name (${local.name_rule})"
    if !can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", name))],
    [for objective in [try(place.slo.objective, 99)] :
      "${place.path}.objective: must be a number between 50 and 99.999, not ${try(tostring(objective), "that")} (it is the share of good requests in percent, as in 99.9)"
    if !(can(regex("^[0-9.]+$", jsonencode(objective))) && try(objective >= 50 && objective <= 99.999, false))],
    [for window in [try(place.slo.window, "30d")] :
      can(regex("^[0-9]+(ms|s|m|h|d)$", window))
      ? "${place.path}.window: must be whole days between 1d and 90d, not ${window} (write it in days, as in 7d, 28d or 30d)"
      : "${place.path}.window: `${try(tostring(window), "that")}` is not a duration (${local.duration_rule})"
    if !(can(regex("^[0-9]{1,6}d$", window)) && try(tonumber(trimsuffix(window, "d")) >= 1 && tonumber(trimsuffix(window, "d")) <= 90, false))],
    [for threshold in [try(place.slo.threshold, "1s")] :
      can(regex("^[0-9]+(ms|s|m|h|d)$", threshold))
      ? "${place.path}.threshold: must be between 1ms and 1h, not ${threshold} (it is the latency a good request stays under)"
      : "${place.path}.threshold: `${try(tostring(threshold), "that")}` is not a duration (${local.duration_rule})"
      if !try(
        tonumber(regex("^([0-9]{1,9})(?:ms|s|m|h|d)$", threshold)[0])
        * { ms = 1, s = 1000, m = 60000, h = 3600000, d = 86400000 }[regex("^[0-9]{1,9}(ms|s|m|h|d)$", threshold)[0]] <= 3600000
        && tonumber(regex("^([0-9]{1,9})(?:ms|s|m|h|d)$", threshold)[0]) > 0,
        false
    )],
  )])

  detector_faults = concat(
    flatten([for place in concat(
      [for place in concat(local.all_detectors_places, local.wish_places) : place if can(tostring(place.value))],
      [for place in local.wish_places : { path = "${place.path}.at_most", value = place.value.at_most } if can(place.value.at_most)],
      ) : "${place.path}: `${try(tostring(place.value), "that")}` is not how loudly a detector may tell (use one of: page, ticket, info, off)"
      if !try(contains(local.reaches, tostring(place.value)), false)
    ]),
    [for place in local.wish_places : "${place.path}.sensitivity: `${try(tostring(place.value.sensitivity), "that")}` is not a sensitivity (use one of: low, medium, high)"
    if can(place.value.sensitivity) && !try(contains(local.sensitivities, place.value.sensitivity), false)],
    [for place in local.wish_places : "${place.path}.at_least: ${lookup(local.least_rules, place.detector, local.least_share).words}"
      if can(place.value.at_least) && !can(regex(lookup(local.least_rules, place.detector, local.least_share).form, place.value.at_least))
    ],
  )

  # No message here repeats a value: what is no reference may be the secret itself.
  channel_faults = concat(
    flatten([for severity, channels in local.severities : [for index, channel in try(concat(channels, []), []) :
      "notify.${severity}[${index}]: must be exactly one channel (write one item for each channel: ${join(", ", local.known_keys.channel)})"
      if try(length(keys(channel)) != 1, false)
    ]]),
    flatten([for place in local.channel_places : [for key in [lookup(local.secret_keys, place.kind, "")] : concat(
      [for body in [place.body] : "${place.path}: has no `${key}` (add `${key}`, which has no default)"
      if can(keys(body)) && !can(body[key])],
      [for secret in [try(place.body[key], "ssm:/-")] :
        "${place.path}.${key}: must be a reference to a secret, not the secret itself (keep the secret in Parameter Store and write `ssm:/path`, or in Secrets Manager and write `secretsmanager:name`; if a secret stood here, replace it)"
        if !can(regex("^ssm:/[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$", secret)) && !can(regex("^secretsmanager:[A-Za-z0-9/_+=.@:-]+$", secret))
      ],
    )] if contains(keys(local.secret_keys), place.kind)]),
    [for place in local.channel_places :
      "${place.path}.topic: is not the ARN of an SNS topic (write it as in arn:aws:sns:us-east-1:123456789012:atalaya-page)"
      if place.kind == "sns" && can(keys(place.body)) && !can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9._-]+$", place.body.topic))
    ],
  )

  settings_faults = concat(local.shape_faults, local.log_group_faults, local.rule_faults, local.slo_faults, local.detector_faults, local.channel_faults)
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
