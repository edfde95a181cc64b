//! The outer event that a function is invoked with: which kind it is, and the payloads in it.

use aws_lambda_events::event::kinesis::KinesisEventRecord;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::BatchError;
use crate::json::Cursor;

/// What a Lambda function, or a sample event file, was handed.
#[derive(Debug, Clone)]
pub enum Delivery<'a> {
    /// A direct subscription: one payload, base64 of gzip.
    Logs(&'a [u8]),
    /// A batch of Kinesis records, each with a payload of its own.
    Kinesis(Vec<KinesisRecord>),
    /// An EventBridge event of ECS: a deployment, a task stop.
    Change(&'a str),
}

/// One Kinesis record.
#[derive(Debug, Clone)]
pub struct KinesisRecord {
    /// Its sequence number, by which a failed record is named to Lambda; empty where it cannot be read.
    pub sequence_number: String,
    /// Its payload, gzip; or why it cannot be read.
    pub gzip: Result<Vec<u8>, BatchError>,
}

impl<'a> Delivery<'a> {
    /// Recognises what an event is by its top-level keys.
    ///
    /// Lambda's record of an invocation that failed, as it lies in a failure destination, is taken for the event that
    /// it holds: so a failed event is redriven by invoking the function with the record.
    pub fn recognise(event: &'a [u8]) -> Result<Self, BatchError> {
        Self::within(event, Wrapping::Possible)
    }

    fn within(event: &'a [u8], wrapping: Wrapping) -> Result<Self, BatchError> {
        let not_json = BatchError::NotADelivery("it is not a JSON object");
        let mut cursor = Cursor::<false>::new(event);
        cursor.open_object().map_err(|_| not_json.clone())?;
        let mut first = true;
        while let Some(key) = cursor.next_key(&mut first).map_err(|_| not_json.clone())? {
            match key.plain() {
                Some(b"awslogs") => return logs(&mut cursor),
                Some(b"Records") => return kinesis(event).map(Delivery::Kinesis),
                Some(b"requestPayload") if wrapping == Wrapping::Possible => {
                    cursor.space();
                    let from = cursor.at();
                    cursor.skip().map_err(|_| not_json.clone())?;
                    let payload = event.get(from..cursor.at()).unwrap_or_default();
                    return Self::within(payload, Wrapping::Done);
                }
                Some(b"detail-type") => {
                    let text = std::str::from_utf8(event);
                    return text.map(Delivery::Change).map_err(|_| not_json);
                }
                _ => cursor.skip().map_err(|_| not_json.clone())?,
            }
        }
        Err(BatchError::NotADelivery(
            "it has neither awslogs, Records nor detail-type",
        ))
    }
}

/// Whether an event may be the record of a failed invocation; one within another is never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    Possible,
    Done,
}

/// Finds the payload where it stands, without a copy: it is most of the event.
fn logs<'a>(cursor: &mut Cursor<'a, false>) -> Result<Delivery<'a>, BatchError> {
    let no_data = BatchError::NotADelivery("awslogs has no data");
    cursor.open_object().map_err(|_| no_data.clone())?;
    let mut first = true;
    while let Some(key) = cursor.next_key(&mut first).map_err(|_| no_data.clone())? {
        if key.plain() == Some(b"data") {
            let data = cursor.long_string().map_err(|_| no_data.clone())?;
            return data.plain().map(Delivery::Logs).ok_or(no_data);
        }
        cursor.skip().map_err(|_| no_data.clone())?;
    }
    Err(no_data)
}

/// Reads the records one by one: the event type of the library refuses all for one whose base64 is broken.
fn kinesis(event: &[u8]) -> Result<Vec<KinesisRecord>, BatchError> {
    #[derive(Deserialize)]
    struct Records<'a> {
        #[serde(borrow, rename = "Records")]
        records: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Sequence {
        #[serde(rename = "sequenceNumber")]
        sequence_number: String,
    }
    #[derive(Deserialize)]
    struct Numbered {
        kinesis: Sequence,
    }
    let records: Records<'_> = serde_json::from_slice(event)
        .map_err(|_| BatchError::NotADelivery("its Records are not a list"))?;
    let read = |record: &&RawValue| match serde_json::from_str::<KinesisEventRecord>(record.get()) {
        Ok(record) => KinesisRecord {
            sequence_number: record.kinesis.sequence_number,
            gzip: Ok(record.kinesis.data.0),
        },
        Err(_) => KinesisRecord {
            sequence_number: serde_json::from_str::<Numbered>(record.get()).map_or_else(
                |_| String::new(),
                |numbered| numbered.kinesis.sequence_number,
            ),
            gzip: Err(BatchError::NotADelivery(
                "a record is not one of Kinesis with base64 data",
            )),
        },
    };
    Ok(records.records.iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_the_keys() {
        for (event, expected) in [
            (r#"{"awslogs":{"data":"H4s="}}"#, "logs H4s="),
            (r#"{"x":[1],"awslogs":{"y":0,"data":"H4s="}}"#, "logs H4s="),
            (
                r#"{"version":"0","detail-type":"ECS Deployment State Change"}"#,
                "change",
            ),
            (r#"{"Records":[]}"#, "kinesis"),
            (
                r#"{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},
                "requestPayload": {"awslogs":{"data":"H4s="}},"responsePayload":{"awslogs":{"data":"x"}}}"#,
                "logs H4s=",
            ),
            (
                r#"{"requestPayload":{"requestPayload":{"awslogs":{"data":"H4s="}}}}"#,
                "it has neither awslogs, Records nor detail-type",
            ),
            (r#"{"requestPayload":7}"#, "it is not a JSON object"),
            (r#"{"awslogs":{"data":5}}"#, "awslogs has no data"),
            (r#"{"awslogs":{}}"#, "awslogs has no data"),
            (r#"{"Records":{}}"#, "its Records are not a list"),
            ("{}", "it has neither awslogs, Records nor detail-type"),
            ("[]", "it is not a JSON object"),
            ("", "it is not a JSON object"),
        ] {
            let found = match Delivery::recognise(event.as_bytes()) {
                Ok(Delivery::Logs(data)) => format!("logs {}", String::from_utf8_lossy(data)),
                Ok(Delivery::Kinesis(_)) => "kinesis".into(),
                Ok(Delivery::Change(_)) => "change".into(),
                Err(BatchError::NotADelivery(why)) => why.into(),
                Err(other) => other.to_string(),
            };
            assert_eq!(found, expected, "{event}");
        }
    }

    #[test]
    fn one_bad_kinesis_record_costs_that_record() {
        let record = |data: &str, number: u8| {
            format!(
                r#"{{"eventID":"shard:{number}","kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"p",
                "sequenceNumber":"{number}","data":"{data}","approximateArrivalTimestamp":1545084650.987}}}}"#
            )
        };
        let event = format!(
            r#"{{"Records":[{},{},7]}}"#,
            record("H4sI", 1),
            record("***", 2)
        );
        let Ok(Delivery::Kinesis(records)) = Delivery::recognise(event.as_bytes()) else {
            panic!("is a Kinesis event")
        };
        let read: Vec<_> = records
            .iter()
            .map(|r| (r.sequence_number.as_str(), r.gzip.is_ok()))
            .collect();
        assert_eq!(read, [("1", true), ("2", false), ("", false)]);
        assert_eq!(records[0].gzip.as_deref(), Ok([0x1f, 0x8b, 8].as_slice()));
    }
}
