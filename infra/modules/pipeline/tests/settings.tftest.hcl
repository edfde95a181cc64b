# Wrong input is refused at plan, with the place and the remedy. No account and no server: the provider is mocked.

mock_provider "aws" {
  source = "./tests/mock"
}

variables {
  config   = "./tests/settings/good.yaml"
  packages = { bucket = "releases", version = "1.0.0" }
}

run "a_good_file_is_taken" {
  command = plan

  assert {
    condition     = length(local.settings_faults) + length(local.own_log_group_faults) == 0
    error_message = join("\n", concat(local.settings_faults, local.own_log_group_faults))
  }

  assert {
    condition     = jsondecode(aws_dynamodb_table_item.settings.item).d.S == file("./tests/settings/good.yaml")
    error_message = "The functions must read the file as it was written."
  }
}

run "an_empty_file_is_taken" {
  command = plan

  variables {
    config = "./tests/settings/empty.yaml"
  }

  assert {
    condition     = length(aws_cloudwatch_log_subscription_filter.this) == 0
    error_message = "A file without services subscribes to nothing."
  }
}

run "faults_stop_the_plan" {
  command         = plan
  expect_failures = [terraform_data.settings]

  variables {
    config = "./tests/settings/faults.yaml"
  }
}

# The words of each fault, all of one file at once; faults.txt is what a person reads.
run "each_fault_tells_place_and_remedy" {
  command         = plan
  expect_failures = [terraform_data.settings]

  variables {
    config = "./tests/settings/faults.yaml"
  }

  assert {
    condition     = join("\n", sort(local.settings_faults)) == trimspace(file("./tests/settings/faults.txt"))
    error_message = join("\n", sort(local.settings_faults))
  }

  assert {
    condition     = !strcontains(join("\n", local.settings_faults), "T0/B0/secret")
    error_message = "A secret that stands in the file, as a value or in the place of a key, is never repeated."
  }
}

run "own_log_groups_are_refused" {
  command         = plan
  expect_failures = [terraform_data.settings]

  variables {
    config = "./tests/settings/own.yaml"
  }

  assert {
    condition     = strcontains(local.own_log_group_faults[0], "services.a.log_groups[0]: `/aws/lambda/atalaya-prod-ingest` is a log group of Atalaya itself (remove it")
    error_message = join("\n", local.own_log_group_faults)
  }
}
