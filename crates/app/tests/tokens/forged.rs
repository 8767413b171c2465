//! Tokens whose shape, header or signature is wrong: each is refused for its own cause, and its good
//! neighbour is accepted.

use std::sync::LazyLock;

use app::tokens::{Issuers, Refusal};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::json;

use crate::mint::*;

static TRUSTED: LazyLock<Issuers> = LazyLock::new(issuers);

async fn outcome(token: &str) -> Option<Refusal> {
    TRUSTED.verify(token, now()).await.err()
}

/// Signs the good claims under this header with the key that the header ought to name.
fn under(header: &str) -> String {
    P256.mint(Algorithm::ES256, header, &app_claims().to_string())
}

async fn judge(cases: Vec<(&str, String, Option<Refusal>)>) {
    for (name, token, expected) in cases {
        assert_eq!(outcome(&token).await, expected, "{name}");
    }
}

#[tokio::test]
async fn each_algorithm_verifies_with_its_own_key() {
    let claims = app_claims().to_string();
    judge(vec![
        ("RS256", RSA.mint(Algorithm::RS256, r#"{"alg":"RS256","kid":"rs"}"#, &claims), None),
        ("PS256", OTHER_RSA.mint(Algorithm::PS256, r#"{"alg":"PS256","kid":"ps"}"#, &claims), None),
        ("ES256", es256(&claims), None),
        ("EdDSA", ED25519.mint(Algorithm::EdDSA, r#"{"alg":"EdDSA","kid":"ed"}"#, &claims), None),
    ])
    .await;
}

#[tokio::test]
async fn an_algorithm_is_never_taken_from_the_token() {
    let claims = app_claims().to_string();
    let none = |name: &str| {
        let header = json!({"alg": name, "kid": "es"}).to_string();
        format!("{}.{}.AA", encoded(header), encoded(&claims))
    };
    let hmac = |header: &str, secret: &[u8]| {
        let message = format!("{}.{}", encoded(header), encoded(&claims));
        let key = EncodingKey::from_secret(secret);
        let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    };
    let public_key = RSA.jwk.to_string();
    let refused = Some(Refusal::AlgorithmRefused);
    let not_of_key = Some(Refusal::AlgorithmNotOfKey);
    judge(vec![
        ("none", none("none"), refused),
        ("None", none("None"), refused),
        ("NONE", none("NONE"), refused),
        ("empty", none(""), refused),
        ("lower case", under(r#"{"alg":"es256","kid":"es"}"#), refused),
        ("missing", under(r#"{"kid":"es"}"#), refused),
        ("a list", under(r#"{"alg":["ES256"],"kid":"es"}"#), refused),
        ("RS384", under(r#"{"alg":"RS384","kid":"rs"}"#), refused),
        ("ES256K", under(r#"{"alg":"ES256K","kid":"es"}"#), refused),
        (
            "HS256, the public key as secret",
            hmac(r#"{"alg":"HS256","kid":"rs"}"#, public_key.as_bytes()),
            refused,
        ),
        (
            "HS256 that calls itself RS256",
            hmac(r#"{"alg":"RS256","kid":"rs"}"#, public_key.as_bytes()),
            Some(Refusal::SignatureInvalid),
        ),
        (
            "PS256 with the key of RS256",
            RSA.mint(Algorithm::PS256, r#"{"alg":"PS256","kid":"rs"}"#, &claims),
            not_of_key,
        ),
        (
            "RS256 with the key of PS256",
            OTHER_RSA.mint(Algorithm::RS256, r#"{"alg":"RS256","kid":"ps"}"#, &claims),
            not_of_key,
        ),
        (
            "PS256 that calls itself RS256",
            RSA.mint(Algorithm::PS256, r#"{"alg":"RS256","kid":"rs"}"#, &claims),
            Some(Refusal::SignatureInvalid),
        ),
        (
            "ES256 under the name of an RSA key",
            P256.mint(Algorithm::ES256, r#"{"alg":"ES256","kid":"rs"}"#, &claims),
            not_of_key,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_signature_that_is_not_the_keys_is_refused() {
    let claims = app_claims().to_string();
    let header = r#"{"alg":"ES256","kid":"es"}"#;
    let good = es256(&claims);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let signed_by_hand = |signature: &[u8]| format!("{message}.{}", encoded(signature));
    let other_claims = merged(app_claims(), json!({"exp": NOW + 601})).to_string();
    let invalid = Some(Refusal::SignatureInvalid);
    judge(vec![
        ("as signed", good.clone(), None),
        ("r and s are zero", signed_by_hand(&[0; 64]), invalid),
        ("too short", signed_by_hand(&[1; 63]), invalid),
        ("too long", signed_by_hand(&[1; 65]), invalid),
        ("another key", OTHER_P256.mint(Algorithm::ES256, header, &claims), invalid),
        ("other claims", format!("{}.{}.{signature}", encoded(header), encoded(other_claims)), invalid),
        (
            "other header",
            format!(
                "{}.{}.{signature}",
                encoded(r#"{"alg":"ES256","kid":"es","typ":"JWT"}"#),
                encoded(&claims)
            ),
            invalid,
        ),
        (
            "of another trusted issuer",
            es256(&merged(app_claims(), json!({"iss": SMALL_ISSUER})).to_string()),
            Some(Refusal::KeyUnknown),
        ),
        (
            "of another trusted issuer, without a key id",
            P256.mint(
                Algorithm::ES256,
                r#"{"alg":"ES256"}"#,
                &merged(app_claims(), json!({"iss": SMALL_ISSUER})).to_string(),
            ),
            invalid,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_key_is_found_by_its_id_and_by_nothing_else() {
    let of_small = merged(app_claims(), json!({"iss": SMALL_ISSUER})).to_string();
    let small = |header: &str| OTHER_P256.mint(Algorithm::ES256, header, &of_small);
    let unknown = Some(Refusal::KeyUnknown);
    let malformed = Some(Refusal::KeyIdMalformed);
    let with_id = |id: &str| under(&json!({"alg": "ES256", "kid": id}).to_string());
    judge(vec![
        ("no id, one key", small(r#"{"alg":"ES256"}"#), None),
        ("its id", small(r#"{"alg":"ES256","kid":"only"}"#), None),
        ("another id, one key", small(r#"{"alg":"ES256","kid":"es"}"#), unknown),
        ("no id, many keys", under(r#"{"alg":"ES256"}"#), Some(Refusal::KeyNotNamed)),
        ("unknown", with_id("nobody"), unknown),
        ("empty", with_id(""), unknown),
        ("other case", with_id("ES"), unknown),
        ("a path", with_id("../../../dev/null"), unknown),
        ("a file", with_id("file:///dev/null"), unknown),
        ("a query", with_id("es' OR '1'='1"), unknown),
        ("a nought", with_id("es\0"), unknown),
        ("256 bytes", with_id(&"k".repeat(256)), unknown),
        ("257 bytes", with_id(&"k".repeat(257)), malformed),
        ("a number", under(r#"{"alg":"ES256","kid":1}"#), malformed),
        ("null", under(r#"{"alg":"ES256","kid":null}"#), malformed),
    ])
    .await;
}

#[tokio::test]
async fn a_header_brings_no_keys_extensions_or_nesting() {
    let jwk = OTHER_P256.jwk.clone();
    let with = |members: serde_json::Value| {
        under(&merged(json!({"alg": "ES256", "kid": "es"}), members).to_string())
    };
    let embedded = Some(Refusal::EmbeddedKey);
    let not_plain = Some(Refusal::NotPlain);
    let typ = Some(Refusal::TypeRefused);
    let url = "https://evil.example.com/keys";
    judge(vec![
        ("jwk", with(json!({"jwk": jwk})), embedded),
        ("jwk, null", under(r#"{"alg":"ES256","kid":"es","jwk":null}"#), embedded),
        ("jku", with(json!({"jku": url})), embedded),
        ("x5u", with(json!({"x5u": url})), embedded),
        ("x5c", with(json!({"x5c": ["AA"]})), embedded),
        ("x5t is a name only", with(json!({"x5t": "AA", "x5t#S256": "AA"})), None),
        ("crit", with(json!({"crit": ["exp"], "exp": 1})), Some(Refusal::CriticalExtension)),
        ("crit, empty", with(json!({"crit": []})), Some(Refusal::CriticalExtension)),
        ("b64", with(json!({"b64": false})), not_plain),
        ("zip", with(json!({"zip": "DEF"})), not_plain),
        ("enc", with(json!({"enc": "A256GCM"})), not_plain),
        ("cty", with(json!({"cty": "JWT"})), not_plain),
        ("typ JWT", with(json!({"typ": "JWT"})), None),
        ("typ jwt", with(json!({"typ": "jwt"})), None),
        ("typ at+jwt", with(json!({"typ": "at+jwt"})), None),
        ("typ AT+JWT", with(json!({"typ": "AT+JWT"})), None),
        ("typ of a logout", with(json!({"typ": "logout+jwt"})), typ),
        ("typ in the long form", with(json!({"typ": "application/at+jwt"})), typ),
        ("typ, empty", with(json!({"typ": ""})), typ),
        ("typ, null", under(r#"{"alg":"ES256","kid":"es","typ":null}"#), typ),
        ("typ, a list", with(json!({"typ": ["JWT"]})), typ),
        ("an unknown member", with(json!({"nonce": "x"})), None),
    ])
    .await;
}

#[tokio::test]
async fn header_and_claims_are_one_strict_object_each() {
    let claims = app_claims().to_string();
    let inside = claims.trim_start_matches('{');
    let deep = |levels: usize| format!(r#"{{"deep":{}{},{inside}"#, "[".repeat(levels), "]".repeat(levels));
    let duplicate_header = Some(Refusal::HeaderDuplicateMember);
    let duplicate_claim = Some(Refusal::ClaimsDuplicateMember);
    let malformed = Some(Refusal::ClaimsMalformed);
    judge(vec![
        ("alg twice", under(r#"{"alg":"ES256","alg":"ES256","kid":"es"}"#), duplicate_header),
        (
            "alg twice, once escaped",
            under(r#"{"alg":"ES256","\u0061lg":"none","kid":"es"}"#),
            duplicate_header,
        ),
        ("alg escaped once", under(r#"{"\u0061lg":"ES256","kid":"es"}"#), None),
        ("twice further down", under(r#"{"alg":"ES256","kid":"es","x":{"a":1,"a":1}}"#), duplicate_header),
        ("header is a list", under(r#"["ES256"]"#), Some(Refusal::HeaderMalformed)),
        ("header is no JSON", under("ES256"), Some(Refusal::HeaderMalformed)),
        (
            "header too deep",
            under(&format!(r#"{{"alg":"ES256","x":{}{}}}"#, "[".repeat(500), "]".repeat(500))),
            Some(Refusal::HeaderTooDeep),
        ),
        ("exp twice", es256(&format!(r#"{{"exp":1,{inside}"#)), duplicate_claim),
        ("iss twice, escaped", es256(&format!(r#"{{"i\u0073s":"x",{inside}"#)), duplicate_claim),
        ("twice further down", es256(&format!(r#"{{"x":[{{"a":1,"a":2}}],{inside}"#)), duplicate_claim),
        ("31 levels below", es256(&deep(31)), None),
        ("32 levels below", es256(&deep(32)), Some(Refusal::ClaimsTooDeep)),
        ("a bomb", es256(&deep(2500)), Some(Refusal::ClaimsTooDeep)),
        ("claims are a list", es256(&format!("[{claims}]")), malformed),
        ("claims are a token", es256(&es256(&claims)), malformed),
        ("claims are a quoted token", es256(&format!("\"{}\"", es256(&claims))), malformed),
        ("claims and more", es256(&format!("{claims} {{}}")), malformed),
        ("exp is NaN", es256(&format!(r#"{{"x":NaN,{inside}"#)), malformed),
        ("a number beyond all bounds", es256(&format!(r#"{{"x":1e999,{inside}"#)), malformed),
    ])
    .await;
}

#[tokio::test]
async fn a_token_is_three_parts_of_canonical_base64() {
    let good = es256(&app_claims().to_string());
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    // 64 bytes leave four bits in the last character, of which all must be zero.
    let (most, last) = signature.split_at(signature.len() - 1);
    let trailing_bits = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    let three = Some(Refusal::NotThreeParts);
    let base64 = Some(Refusal::NotBase64);
    judge(vec![
        ("as minted", good.clone(), None),
        ("nothing", String::new(), three),
        ("dots", "..".to_owned(), three),
        ("two parts", format!("{header}.{claims}"), three),
        ("no signature", format!("{header}.{claims}."), three),
        ("no claims", format!("{header}..{signature}"), three),
        ("no header", format!(".{claims}.{signature}"), three),
        ("a fourth part", format!("{good}.AA"), three),
        ("a fourth, empty part", format!("{good}."), three),
        ("five parts", format!("{good}.AA.AA"), three),
        ("padding", format!("{good}=="), base64),
        ("a space behind", format!("{good} "), base64),
        ("a line behind", format!("{good}\n"), base64),
        ("a space before", format!(" {good}"), base64),
        ("a letter beyond ASCII", format!("{good}é"), base64),
        ("the other alphabet", format!("{header}.{claims}.+{}", &signature[1..]), base64),
        ("trailing bits", format!("{header}.{claims}.{most}{trailing_bits}"), base64),
    ])
    .await;
}

#[tokio::test]
async fn a_token_has_at_most_8_kib_and_its_header_2_kib() {
    let padded =
        |letters: usize| es256(&merged(app_claims(), json!({"padding": "x".repeat(letters)})).to_string());
    let limit = 8 * 1024;
    // Three bytes are four letters, so that the longest token may miss the limit by a few bytes.
    let most = (0..limit).rev().find(|letters| padded_length(*letters) <= limit);
    let most = most.unwrap();
    assert!(padded(most).len() > limit - 4);
    let header = |bytes: usize| {
        let start = r#"{"alg":"ES256","kid":"es","x":""#;
        under(&format!("{start}{}\"}}", "x".repeat(bytes - start.len() - 2)))
    };
    judge(vec![
        ("the longest", padded(most), None),
        ("one more", padded(most + 1), Some(Refusal::TooLong)),
        ("a flood", "a".repeat(1 << 20), Some(Refusal::TooLong)),
        ("a header of 2 KiB", header(2048), None),
        ("a header of a byte more", header(2049), Some(Refusal::HeaderTooLong)),
    ])
    .await;
}

fn padded_length(letters: usize) -> usize {
    let claims = merged(app_claims(), json!({"padding": ""})).to_string().len() + letters;
    let encoded_length = |bytes: usize| (bytes * 4).div_ceil(3);
    encoded_length(r#"{"alg":"ES256","kid":"es"}"#.len()) + encoded_length(claims) + 86 + 2
}

#[test]
fn a_refusal_is_told_by_its_cause() {
    let causes = [Refusal::TooLong, Refusal::Expired, Refusal::KeyUnknown].map(|r| r.to_string());
    assert_eq!(causes, ["token_too_long", "expired", "key_unknown"]);
}
