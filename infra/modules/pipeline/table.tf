# The table: windows, baselines, incidents, changes, settings. shared/flow/src/documents has its keys.

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:Always encrypted, by a key of AWS unless kms_key_arn names one; a key of one's own is a choice that costs a request for each call
  name         = var.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "PK"
  range_key    = "SK"

  # The incident items are the outbox: `notify` reads what they became.
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "PK"
    type = "S"
  }

  attribute {
    name = "SK"
    type = "S"
  }

  ttl {
    attribute_name = "x"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  # Without this block the table is encrypted by a key that AWS owns, at no cost.
  dynamic "server_side_encryption" {
    for_each = var.kms_key_arn[*]
    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }

  depends_on = [terraform_data.settings]
}
