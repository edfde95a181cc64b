//! The project's own store, over a DynamoDB Local of the test bed.

use atalaya_aws::access::Access;
use atalaya_aws::dynamo::DynamoStore;

/// The environment with which a process reaches a DynamoDB Local of the test bed.
#[must_use]
pub fn environment(endpoint: &str) -> [(&'static str, &str); 4] {
    [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
    ]
}

/// Returns a store over the table at an endpoint; whether the table exists is not checked.
pub fn store(endpoint: &str, table: &str) -> anyhow::Result<DynamoStore> {
    let environment = environment(endpoint);
    let access = Access::from_env(|key| {
        let known = environment.iter().find(|(name, _)| *name == key);
        known.map(|(_, value)| (*value).to_owned())
    })?;
    Ok(DynamoStore::new(&access, table))
}
