//! Digests and names of container images, which are no secrets, and secrets beside them.

use super::{keyed, mask};

/// Names of container images, each by where it was seen. The digits of one digest begin with a digit and those of the
/// other with a letter: what stands behind `sha256:` can look like a port.
const IMAGES: &[(&str, &str)] = &[
    (
        "a repository of ECR",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:HEX",
    ),
    (
        "a repository of ECR in a sentence",
        "pulling image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/api@sha256:HEX, attempt 2",
    ),
    (
        "registry, port, tag and digest",
        "registry.internal:5000/team/api:1.4.2@sha256:HEX",
    ),
    ("a tag and a digest", "redis:7-alpine@sha256:HEX"),
    ("a name and a digest", "image=redis@sha256:HEX ok"),
    ("a digest alone", "sha256:HEX"),
    ("a digest of docker pull", "Digest: sha256:HEX"),
    ("a digest in brackets", "(redis@sha256:HEX)"),
    (
        "docker's short digest",
        "deleted: sha256:4bf92f3577b3 api@sha256:4bf92f3577b3",
    ),
    ("a shortened digest", "api@sha256:4bf92f3577…"),
    ("a longer algorithm", "ghcr.io/acme/api@sha512:HEXHEX"),
    (
        "an event of ECS",
        r#"{"containers":[{"image":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:HEX","imageDigest":"sha256:HEX","name":"api"}]}"#,
    ),
    (
        "JSON in JSON",
        r#"{"log":"{\"image\":\"ghcr.io/acme/api:2@sha256:HEX\"}"}"#,
    ),
    (
        "the scheme of a runtime",
        "docker-pullable://ghcr.io/acme/api@sha256:HEX",
    ),
    ("a scheme and a short name", "docker://redis@sha256:HEX"),
    (
        "the interface of a registry",
        "GET https://registry.internal:5000/v2/team/api/manifests/sha256:HEX 200",
    ),
    ("a query", "GET /images?ref=acme%2Fapi%40sha256%3AHEX 200"),
    (
        "a URL in a query",
        "url=docker%3A%2F%2Fredis%40sha256%3AHEX",
    ),
    ("a package URL", "pkg:oci/api@sha256%3AHEX?tag=2"),
    (
        "a repository that is called like a key",
        "ghcr.io/acme/auth-token:1.4.2@sha256:HEX",
    ),
];

fn images() -> impl Iterator<Item = (&'static str, String)> {
    let hex = [
        "9bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736",
        "eb4111111111111111ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736",
        "4111111111111111411111111111111141111111111111114111111111111111",
    ];
    let image = |(name, line): &(&'static str, &str), hex| (*name, line.replace("HEX", hex));
    { IMAGES.iter() }.flat_map(move |row| hex.map(|hex| image(row, hex)))
}

#[test]
fn digests_of_images_survive() {
    let masked: Vec<_> = images()
        .filter(|(_, line)| mask(line) != *line || keyed().text(line) != *line)
        .map(|(name, line)| format!("{name}: {line}: {}", mask(&line)))
        .collect();
    assert!(masked.is_empty(), "{masked:#?}");
}

#[test]
fn a_password_beside_an_image_is_masked() {
    let hex = "9bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736";
    let rows = [
        (
            "credentials of a registry",
            "https://ana:hunter2@registry.internal/api@sha256:HEX",
            "https://[secret]@registry.internal/api@sha256:HEX",
        ),
        (
            "credentials without a scheme",
            "ana:hunter2@registry.internal:5000/api:2@sha256:HEX",
            "[secret]@registry.internal:5000/api:2@sha256:HEX",
        ),
        (
            "credentials without a host's path",
            "oci://ana:hunter2@api@sha256:HEX",
            "oci://[secret]@api@sha256:HEX",
        ),
        (
            "escaped credentials",
            "u=https%3A%2F%2Fana%3Ahunter2%40registry.internal%2Fapi%40sha256%3AHEX",
            "u=https%3A%2F%2F[secret]%40registry.internal%2Fapi%40sha256%3AHEX",
        ),
        (
            "a host that is called like an algorithm",
            "ana:hunter2@sha256:5432",
            "[secret]@sha256:5432",
        ),
        (
            "a digest under a key of secrets",
            "secret=sha256:HEX token: sha256:HEX",
            "secret=[secret] token: [secret]",
        ),
        (
            "a secret before an image",
            "token=abc,redis:7@sha256:HEX",
            "token=[secret],redis:7@sha256:HEX",
        ),
    ];
    let wrong: Vec<_> = { rows.iter() }
        .map(|(name, line, expected)| {
            (name, line.replace("HEX", hex), expected.replace("HEX", hex))
        })
        .filter(|(_, line, expected)| mask(line) != *expected)
        .map(|(name, line, expected)| format!("{name}: {}, not {expected}", mask(&line)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
