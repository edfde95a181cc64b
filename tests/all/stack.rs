//! The whole of Atalaya as Terraform deploys it, on emulators: one stack is applied, stories are played in it one after
//! another, and it is destroyed.

use atalaya_tests::stack::Stack;

use crate::house::root;

const LOG_GROUPS: [&str; 4] = ["/bed/shop", "/bed/orders", "/bed/depot", "/bed/loan-api"];

#[tokio::test]
async fn the_applied_stack_does_the_whole_job() -> anyhow::Result<()> {
    let settings = root().join("tests/all/stack/atalaya.yaml");
    let Some(stack) = Stack::apply(&settings, &LOG_GROUPS)? else {
        return Ok(());
    };
    eprintln!("applied in {:.1} s", stack.applied_in.as_secs_f64());
    assert_eq!(stack.terraform.changes()?, "", "planned again");

    assert_eq!(stack.terraform.destroy()?, "", "left in the state");
    Ok(())
}
