//! Is this token for us, is it valid now, and whom does it speak of? (contract, section 4)
//!
//! A person's claim makes a user token even where its value is `null`: an application's rights must
//! not be had by spoiling a value.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::refusal::Refusal;

/// How far clocks may differ, in seconds.
const SKEW: i64 = 60;

const LONGEST_SUBJECT: usize = 255;

/// Any of these makes a token a user token, whatever its `azp`.
const CLAIMS_OF_A_PERSON: [&str; 4] = ["email", "preferred_username", "upn", "scp"];

/// Whom a token speaks of, as its issuer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// A client acting for itself.
    App {
        /// From `azp` or `appid`.
        client_id: Uuid,
    },
    /// A person, known to the issuer as `subject`.
    User {
        /// `sub`: 1 to 255 characters, no control characters.
        subject: String,
        /// `email` as the issuer wrote it; not parsed.
        email: Option<String>,
        /// Whether `email_verified` was the JSON value `true`.
        email_verified: bool,
    },
}

/// Judges claims whose signature has been checked; gives the bearer and the time of `exp`.
pub(crate) fn judge(
    claims: &Map<String, Value>,
    audience: &str,
    now: Timestamp,
) -> Result<(Bearer, Timestamp), Refusal> {
    judge_audience(claims, audience)?;
    let expires_at = time(claims, "exp")?.ok_or(Refusal::ExpiryMissing)?;
    if is_over(expires_at, now) {
        return Err(Refusal::Expired);
    }
    let has_come = |moment: Timestamp| moment.as_second() <= now.as_second() + SKEW;
    if !time(claims, "nbf")?.is_none_or(has_come) {
        return Err(Refusal::NotYetValid);
    }
    if !time(claims, "iat")?.is_none_or(has_come) {
        return Err(Refusal::IssuedInFuture);
    }
    Ok((bearer(claims)?, expires_at))
}

/// Whether a token with this `exp` has expired, skew allowed for.
pub(crate) fn is_over(expires_at: Timestamp, now: Timestamp) -> bool {
    now.as_second() >= expires_at.as_second() + SKEW
}

fn judge_audience(claims: &Map<String, Value>, expected: &str) -> Result<(), Refusal> {
    let is_named = match claims.get("aud") {
        Some(Value::String(audience)) => audience == expected,
        Some(Value::Array(audiences)) if audiences.iter().all(Value::is_string) => {
            audiences.iter().any(|audience| audience.as_str() == Some(expected))
        }
        _ => return Err(Refusal::AudienceMalformed),
    };
    if is_named { Ok(()) } else { Err(Refusal::AudienceRefused) }
}

/// A NumericDate (RFC 7519 section 2) between 1970 and 9999; fractions of a second are cut.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let latest = Timestamp::MAX.as_second();
    let seconds = match (value.as_i64(), value.as_f64()) {
        (Some(whole), _) => whole,
        // Within these bounds the cast loses nothing but the fraction.
        (None, Some(float)) if (0.0..latest as f64).contains(&float) => float as i64,
        _ => return Err(Refusal::TimeMalformed),
    };
    if !(0..=latest).contains(&seconds) {
        return Err(Refusal::TimeMalformed);
    }
    let moment = Timestamp::from_second(seconds).map_err(|_| Refusal::TimeMalformed)?;
    Ok(Some(moment))
}

fn bearer(claims: &Map<String, Value>) -> Result<Bearer, Refusal> {
    if CLAIMS_OF_A_PERSON.iter().any(|name| claims.contains_key(*name)) {
        let subject = claims.get("sub").and_then(Value::as_str);
        return Ok(Bearer::User {
            subject: subject
                .filter(|subject| is_subject(subject))
                .ok_or(Refusal::SubjectMalformed)?
                .to_owned(),
            email: claims.get("email").and_then(Value::as_str).map(str::to_owned),
            email_verified: claims.get("email_verified") == Some(&Value::Bool(true)),
        });
    }
    let client_id = match (claims.get("azp"), claims.get("appid")) {
        (None, None) => return Err(Refusal::BearerMissing),
        (Some(one), None) | (None, Some(one)) => guid(one),
        (Some(one), Some(other)) => guid(one).filter(|id| guid(other) == Some(*id)),
    };
    Ok(Bearer::App { client_id: client_id.ok_or(Refusal::ClientMalformed)? })
}

// A control character has no place in a name, and NUL is stored by one database and not by the other.
fn is_subject(text: &str) -> bool {
    (1..=LONGEST_SUBJECT).contains(&text.chars().count()) && !text.contains(char::is_control)
}

/// A GUID in .NET's forms D (hyphens, 36 characters) or N (none, 32), in any case.
fn guid(value: &Value) -> Option<Uuid> {
    let text = value.as_str()?;
    // The length keeps out the braces and the URN that the parser would also take.
    if matches!(text.len(), 32 | 36) { Uuid::try_parse(text).ok() } else { None }
}
