//! What stands in messages: numbers and ids, and names that are words.

use fastrand::Rng;

const USERS: [&str; 16] = [
    "alice",
    "bob",
    "carmen",
    "dmitri",
    "elena",
    "fatima",
    "george",
    "hugo",
    "ines",
    "jorge",
    "admin",
    "root",
    "svc-loans",
    "maria.lopez",
    "reporting",
    "deploy",
];
const FIRST: [&str; 10] = [
    "Ana",
    "Luis",
    "María",
    "John",
    "Wei",
    "Fatima",
    "José",
    "Olga",
    "Peter",
    "Juan Carlos",
];
const LAST: [&str; 8] = [
    "Lopez", "Smith", "García", "van Dyke", "Chen", "O'Neill", "Ivanov", "Quispe",
];
const HOSTS: [&str; 10] = [
    "db-primary",
    "loans-db.prod.internal",
    "ip-10-0-3-17.ec2.internal",
    "scoring.example.com",
    "localhost",
    "cache-a",
    "kafka-2.kafka.svc.cluster.local",
    "worker-blue",
    "gateway",
    "api.example.org",
];
const WORDS: [&str; 12] = [
    "loans",
    "PATCH",
    "abc",
    "x",
    "zebra",
    "scorecard",
    "main",
    "batch-import",
    "tokio-runtime-worker",
    "PT",
    "data",
    "underwriting",
];
const IDENTS: [&str; 12] = [
    "loans_pkey",
    "applicantId",
    "user_email_key",
    "status",
    "createdAt",
    "fk_customer",
    "loan_events",
    "score",
    "app.tasks.send_mail",
    "foo.bar",
    "items",
    "next_due",
];
const CLASSES: [&str; 8] = [
    "com.example.loans.ScoringClient",
    "java.util.List",
    "com.example.loans.LoanService",
    "LoanRepository",
    "ServerResponse",
    "com.zaxxer.hikari.HikariDataSource",
    "Socket",
    "org.example.Widget",
];
const BEANS: [&str; 6] = [
    "loanController",
    "Loan",
    "Customer",
    "scoringClient",
    "entityManagerFactory",
    "Application",
];
const REASONS: [&str; 5] = [
    "'Connection refused'",
    "\"no route to host\"",
    "'timed out'",
    "'broken pipe'",
    "\"reset by peer\"",
];
const SERVICES: [&str; 7] = [
    "scoring",
    "auth",
    "ledger",
    "kyc-check",
    "notifications",
    "core-banking",
    "bureau",
];
const TOPICS: [&str; 6] = [
    "loan-events",
    "payments",
    "audit",
    "orders.v2",
    "customer-updates",
    "dead-letters",
];
const CITIES: [&str; 8] = [
    "Lima", "Bogota", "Quito", "Madrid", "Santiago", "Cusco", "Arequipa", "Medellin",
];
const CURRENCIES: [&str; 6] = ["USD", "PEN", "EUR", "COP", "CLP", "MXN"];
const PARTNERS: [&str; 7] = [
    "acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne",
];
const CHARS: [&str; 6] = ["<", "o", "}", "T", "\"", "'"];

/// Returns a template with each `{name}` replaced by a value of that kind.
pub(crate) fn fill(template: &str, random: &mut Rng) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let close = rest.find('}').expect("a brace is closed");
        let name = &rest[1..close];
        if name.bytes().all(|b| b.is_ascii_lowercase()) {
            out.push_str(&value(name, random));
            rest = &rest[close + 1..];
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out + rest
}

fn one<'a>(of: &[&'a str], random: &mut Rng) -> &'a str {
    of[random.usize(..of.len())]
}

fn hex(length: usize, random: &mut Rng) -> String {
    (0..length)
        .map(|_| char::from_digit(random.u32(..16), 16).expect("a digit"))
        .collect()
}

fn value(name: &str, random: &mut Rng) -> String {
    match name {
        "int" => {
            let most = 10_u32.pow(random.u32(1..8));
            random.u32(..most).to_string()
        }
        "dec" => format!("{}.{:03}", random.u32(..99), random.u32(..1000)),
        "amount" => format!(
            "{}.{:02} {}",
            random.u32(1..99_999),
            random.u32(..100),
            one(&CURRENCIES, random)
        ),
        "status" => one(&["400", "404", "429", "500", "502", "503"], random).into(),
        "port" => random.u16(1024..).to_string(),
        "acct" => format!("{:012}", random.u64(..1_000_000_000_000)),
        "ip" => format!("10.{}.{}.{}", random.u8(..), random.u8(..), random.u8(..)),
        "hex" => hex(8, random),
        "uuid" => [8, 4, 4, 4, 12].map(|n| hex(n, random)).join("-"),
        "loan" => format!("LN-{:05}", random.u32(..99_999)),
        "clientid" => format!("consumer-{}-{}", one(&WORDS, random), random.u8(1..9)),
        "date" => format!(
            "2026-{:02}-{:02}T{:02}:00:00Z",
            random.u8(1..13),
            random.u8(1..29),
            random.u8(..24)
        ),
        "user" => one(&USERS, random).into(),
        "name" => format!("{} {}", one(&FIRST, random), one(&LAST, random)),
        "email" => format!(
            "{}@{}",
            one(&["ana", "j.perez", "x_1"], random),
            one(&["example.com", "mail.example.org"], random)
        ),
        "host" => one(&HOSTS, random).into(),
        "word" => one(&WORDS, random).into(),
        "ident" => one(&IDENTS, random).into(),
        "class" => one(&CLASSES, random).into(),
        "bean" => one(&BEANS, random).into(),
        "pool" => one(
            &[
                "LoansPool",
                "HikariPool-1",
                "ReportsPool",
                "AuditPool",
                "ScoringPool",
            ],
            random,
        )
        .into(),
        "group" => one(&["loan-workers", "audit", "etl", "notifier", "g7"], random).into(),
        "queue" => one(
            &["loans-dlq", "mail", "payments-retry.fifo", "audit"],
            random,
        )
        .into(),
        "bucket" => one(&["acme-docs", "loan-archive", "raw-eu", "exports"], random).into(),
        "service" => one(&SERVICES, random).into(),
        "topic" => one(&TOPICS, random).into(),
        "city" => one(&CITIES, random).into(),
        "currency" => one(&CURRENCIES, random).into(),
        "partner" => one(&PARTNERS, random).into(),
        "char" => one(&CHARS, random).into(),
        "reason" | "quote" => one(&REASONS, random).into(),
        "path" => format!(
            "/{}/{}",
            one(&["loan", "etc/app", "v1/users", "static"], random),
            one(&["apply", "17", "app.conf", "a?b=c"], random)
        ),
        "url" => format!(
            "http://{}:8080/{}?id={}",
            one(&HOSTS, random),
            one(&WORDS, random),
            random.u16(..)
        ),
        "file" => format!(
            "{}.{}",
            one(&WORDS, random),
            one(&["rdb", "pdf", "csv"], random)
        ),
        "gofile" => format!(
            "main.(*server).handle{} (loan.go:{})",
            one(&["Apply", "Status"], random),
            random.u16(..)
        ),
        "rsfile" => format!(
            "src/{}.rs:{}:{}",
            one(&["main", "loan/score", "http"], random),
            random.u16(..),
            random.u8(..)
        ),
        "list" => {
            let items: Vec<_> = (0..random.usize(1..6))
                .map(|_| one(&IDENTS, random))
                .collect();
            items.join(", ")
        }
        other => panic!("no values of kind {other}"),
    }
}
