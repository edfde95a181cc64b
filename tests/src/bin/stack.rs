//! Deploys Atalaya to emulators, for trying it out until the program is stopped, and prints
//! commands to try.
//!
//! `./tests/run --with cargo run -p atalaya-tests --bin stack [-- ATALAYA_YAML LOG_GROUP...]`

use std::env;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Context as _;
use atalaya_tests::stack::Stack;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let given = arguments.split_first();
    let own = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../infra/environments/dev/atalaya.yaml"
    );
    let settings = given.map_or(own, |(settings, _)| settings);
    let groups = given.map_or(vec!["/ecs/dev/loan-api"], |(_, groups)| {
        groups.iter().map(String::as_str).collect()
    });
    eprintln!("building the functions and applying infra/environments/dev: two minutes or so");
    let stack = Stack::apply(Path::new(settings), &groups)?;
    let stack = stack.context("a tool is missing; run this with ./tests/run --with")?;
    let endpoint = stack.ministack.endpoint();
    let group = groups.first().context("there is no log group")?;
    println!(
        "\
# applied in {seconds:.0} s; alarms and dashboard are in moto at {moto}
export AWS_ENDPOINT_URL={endpoint} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
# a line in, and what the function said of it
aws logs create-log-stream --log-group-name {group} --log-stream-name hand
aws logs put-log-events --log-group-name {group} --log-stream-name hand --log-events \\
  \"timestamp=$(date +%s000),message='GET /loan/7/status 503 812ms'\"
aws logs tail /aws/lambda/{ingest}
# the table, the failure queue, and what brings it home
aws dynamodb scan --table-name {table}
aws sqs get-queue-attributes --queue-url {queue} --attribute-names All
infra/redrive --queue-url {queue}
# end of input or Ctrl-C ends it all",
        seconds = stack.applied_in.as_secs_f64(),
        moto = stack.moto.endpoint(),
        ingest = stack.function("ingest")?,
        table = stack.output("table_name")?,
        queue = stack.output("failure_queue_url")?,
    );
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
