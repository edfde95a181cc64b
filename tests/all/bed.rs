//! The test bed itself: DynamoDB Local starts, answers, keeps a folder, and ends with its guard.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::Context as _;
use atalaya_tests::bed::{DynamoDbLocal, Storage};

/// The server accepts any signature, as long as there is one.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, \
                      SignedHeaders=host, Signature=none";

/// Calls one operation by hand and returns the whole HTTP answer.
fn call(endpoint: &str, operation: &str, body: &str) -> anyhow::Result<String> {
    let address = endpoint
        .strip_prefix("http://")
        .context("not a plain HTTP endpoint")?;
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: {SIGNED}\r\n\
         X-Amz-Target: DynamoDB_20120810.{operation}\r\n\
         Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The request that creates a table with one key.
fn create(table: &str) -> String {
    format!(
        r#"{{"TableName":"{table}","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}}],
            "KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}}]}}"#
    )
}

#[test]
fn the_shared_server_answers_and_is_one() -> anyhow::Result<()> {
    let Some(server) = DynamoDbLocal::shared()? else {
        return Ok(());
    };
    let again = DynamoDbLocal::shared()?.context("the server is gone")?;
    assert_eq!(server.endpoint(), again.endpoint());

    let created = call(server.endpoint(), "CreateTable", &create("bed-shared"))?;
    assert!(created.starts_with("HTTP/1.1 200"), "{created}");
    let listed = call(server.endpoint(), "ListTables", "{}")?;
    assert!(listed.contains("bed-shared"), "{listed}");
    Ok(())
}

#[test]
fn a_folder_outlives_its_server_and_a_server_ends_with_its_guard() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let storage = Storage::Folder(folder.path().to_owned());
    let Some(server) = DynamoDbLocal::start(&storage)? else {
        return Ok(());
    };
    let endpoint = server.endpoint().to_owned();
    let created = call(&endpoint, "CreateTable", &create("bed-folder"))?;
    assert!(created.starts_with("HTTP/1.1 200"), "{created}");
    drop(server);
    assert!(
        call(&endpoint, "ListTables", "{}").is_err(),
        "{endpoint} still answers"
    );

    let server = DynamoDbLocal::start(&storage)?.context("the tools are gone")?;
    let listed = call(server.endpoint(), "ListTables", "{}")?;
    assert!(listed.contains("bed-folder"), "{listed}");
    Ok(())
}
