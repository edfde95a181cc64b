//! The project's own store over a DynamoDB of the bed.

use atalaya_aws::access::Access;
use atalaya_aws::dynamo::DynamoStore;

/// What a process must be told to reach a DynamoDB of the bed: its environment.
#[must_use]
pub fn environment(endpoint: &str) -> [(&'static str, &str); 4] {
    [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
    ]
}

/// Returns a store over the table at an endpoint; whether the table is there is not asked.
pub fn store(endpoint: &str, table: &str) -> anyhow::Result<DynamoStore> {
    let environment = environment(endpoint);
    let access = Access::from_env(|key| {
        let known = environment.iter().find(|(name, _)| *name == key);
        known.map(|(_, value)| (*value).to_owned())
    })?;
    Ok(DynamoStore::new(&access, table))
}
