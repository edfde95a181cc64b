//! The whole of Atalaya as Terraform deploys it, on emulators: one stack is applied, the scenes run
//! in it one after another, and it is destroyed.

mod counting;
mod failing;
mod incident;
mod scene;

use std::fs;
use std::time::Instant;

use atalaya_core::settings::Settings;
use atalaya_tests::stack::Stack;

use self::scene::Scene;
use crate::conventions::root;

const LOG_GROUPS: [&str; 5] = [
    "/bed/shop",
    "/bed/orders",
    "/bed/depot",
    "/bed/harbour",
    "/bed/loan-api",
];

#[tokio::test]
async fn the_applied_stack_does_the_whole_job() -> anyhow::Result<()> {
    let path = root().join("tests/all/stack/atalaya.yaml");
    let settings = Settings::parse(&fs::read_to_string(&path)?)?;
    let Some(stack) = Stack::apply(&path, &LOG_GROUPS)? else {
        return Ok(());
    };
    let mut clock = Instant::now();
    let mut took = |what: &str| {
        eprintln!("{what} took {:.1} s", clock.elapsed().as_secs_f64());
        clock = Instant::now();
    };
    eprintln!(
        "terraform apply took {:.1} s",
        stack.applied_in.as_secs_f64()
    );
    assert_eq!(stack.terraform.changes()?, "", "planned again");
    took("terraform plan");

    // The scenes set the clock themselves; a scheduled tick of today would close all their minutes.
    let aws = stack.aws();
    aws.disable_rule("atalaya-sweep")?;
    stack.mend_failure_destination("ingest")?;
    let scene = |service| Scene::open(&stack, &settings, service);

    Box::pin(counting::ten_thousand_lines(scene("shop")?)).await?;
    took("ten thousand lines");
    Box::pin(counting::delivered_again(scene("orders")?)).await?;
    took("redelivery");
    Box::pin(counting::while_throttled(scene("harbour")?)).await?;
    took("throttling");
    Box::pin(failing::poisoned_and_brought_home(scene("depot")?)).await?;
    took("failure queue and redrive");
    incident::opens_and_resolves(&scene("loan-api")?, &settings)?;
    took("the reference incident");
    failing::without_its_table(&scene("depot")?)?;
    took("a table removed");

    assert_eq!(stack.terraform.destroy()?, "", "left in the state");
    took("terraform destroy");
    Ok(())
}
