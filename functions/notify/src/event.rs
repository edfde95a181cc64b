//! An event of the DynamoDB table's stream, reduced to what this function needs.
//!
//! Its records are parsed one by one, so that a record of an unknown form does not make the others
//! unreadable. Source of the form: AWS Lambda developer guide, "Using AWS Lambda with Amazon
//! DynamoDB".

use atalaya_flow::store::DocumentKind;
use serde::Deserialize;
use serde_json::Value;

/// Records of one shard, the oldest first.
#[derive(Debug, Deserialize)]
pub(crate) struct StreamEvent {
    #[serde(rename = "Records")]
    pub(crate) records: Vec<Value>,
}

/// The content of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record<'a> {
    /// An incident's document was written.
    Incident(&'a str),
    /// Another document was written, or an incident's document expired.
    Other,
    /// An incident's document was written, but the record does not hold it.
    Unreadable,
}

/// Returns the sequence number by which Lambda is asked to send a record again.
pub(crate) fn sequence_number(record: &Value) -> Option<&str> {
    record["dynamodb"]["SequenceNumber"].as_str()
}

/// Returns the content of a record.
pub(crate) fn read(record: &Value) -> Record<'_> {
    let change = &record["dynamodb"];
    let partition = change["Keys"]["PK"]["S"].as_str().unwrap_or_default();
    let of_incident = partition
        .strip_prefix(DocumentKind::Incident.letter())
        .is_some_and(|rest| rest.starts_with('#'));
    if !of_incident || record["eventName"] == "REMOVE" {
        return Record::Other;
    }
    match change["NewImage"]["d"]["S"].as_str() {
        Some(document) => Record::Incident(document),
        None => Record::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_incidents_that_were_written_are_of_interest() {
        let record = |name: &str, partition: &str, image: Value| {
            json!({"eventName": name, "dynamodb": {"SequenceNumber": "7",
                "Keys": {"PK": {"S": partition}, "SK": {"S": "x"}}, "NewImage": image}})
        };
        let image = json!({"d": {"S": "{}"}, "v": {"N": "1"}});
        for (record, expected) in [
            (
                record("INSERT", "G#all", image.clone()),
                Record::Incident("{}"),
            ),
            (
                record("MODIFY", "G#all", image.clone()),
                Record::Incident("{}"),
            ),
            (record("REMOVE", "G#all", Value::Null), Record::Other),
            (record("INSERT", "I#loan-api", image.clone()), Record::Other),
            (record("INSERT", "C#loan-api", image.clone()), Record::Other),
            (record("INSERT", "Gx", image), Record::Other),
            (record("INSERT", "G#all", json!({})), Record::Unreadable),
        ] {
            assert_eq!(read(&record), expected);
            assert_eq!(sequence_number(&record), Some("7"));
        }
        assert_eq!(read(&json!("what")), Record::Other);
        assert_eq!(sequence_number(&json!(7)), None);
    }
}
