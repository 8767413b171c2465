//! Why was a token refused?
//!
//! The caller learns only "InvalidToken"; the cause is for the log and the audit record, and holds no
//! text of the token.

use std::fmt;

/// The first fault found in a token, in the order in which the checks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// More than 8 KiB.
    TooLong,
    /// Not exactly three parts, or an empty one (RFC 7515 section 3.1).
    NotThreeParts,
    /// A part is not canonical base64url without padding.
    NotBase64,
    /// A header of more than 2 KiB.
    HeaderTooLong,
    /// The header is not a JSON object.
    HeaderMalformed,
    /// The header has a member twice.
    HeaderDuplicateMember,
    /// The header is nested too deeply.
    HeaderTooDeep,
    /// `alg` is missing or not one of the four that are accepted.
    AlgorithmRefused,
    /// `typ` is neither `JWT` nor `at+jwt`.
    TypeRefused,
    /// `crit`: extensions that must be understood, and none is.
    CriticalExtension,
    /// A key, or the place of one, is embedded in the header.
    EmbeddedKey,
    /// `cty`, `enc`, `zip` or `b64`: the payload is not a plain set of claims.
    NotPlain,
    /// `kid` is not a string, or longer than 256 bytes.
    KeyIdMalformed,
    /// The claims are not a JSON object; a nested token ends here too.
    ClaimsMalformed,
    /// The claims have a member twice.
    ClaimsDuplicateMember,
    /// The claims are nested too deeply.
    ClaimsTooDeep,
    /// `iss` is missing or not a string.
    IssuerMissing,
    /// `iss` names nobody who is trusted here.
    IssuerUnknown,
    /// No key of the issuer could be fetched yet.
    KeysUnavailable,
    /// The issuer has no usable key with this `kid`.
    KeyUnknown,
    /// No `kid`, and the issuer does not have exactly one key.
    KeyNotNamed,
    /// `alg` is not the algorithm of the key.
    AlgorithmNotOfKey,
    /// The signature is not the key's.
    SignatureInvalid,
    /// `aud` is missing, or neither a string nor an array of strings.
    AudienceMalformed,
    /// `aud` does not name this service.
    AudienceRefused,
    /// `exp` is missing.
    ExpiryMissing,
    /// `exp`, `nbf` or `iat` is not a number of seconds within the calendar.
    TimeMalformed,
    /// `exp` has passed.
    Expired,
    /// `nbf` has not come.
    NotYetValid,
    /// `iat` has not come.
    IssuedInFuture,
    /// A user token without a `sub` of 1 to 255 printable characters.
    SubjectMalformed,
    /// Neither a person's claim nor a client's.
    BearerMissing,
    /// `azp` or `appid` is not a GUID in a string, or they name two clients.
    ClientMalformed,
}

impl Refusal {
    /// The cause as it stands in the log and in the audit record.
    pub fn cause(&self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::NotThreeParts => "not_three_parts",
            Self::NotBase64 => "not_base64url",
            Self::HeaderTooLong => "header_too_long",
            Self::HeaderMalformed => "header_malformed",
            Self::HeaderDuplicateMember => "header_duplicate_member",
            Self::HeaderTooDeep => "header_too_deep",
            Self::AlgorithmRefused => "algorithm_refused",
            Self::TypeRefused => "type_refused",
            Self::CriticalExtension => "critical_extension",
            Self::EmbeddedKey => "embedded_key",
            Self::NotPlain => "not_plain",
            Self::KeyIdMalformed => "key_id_malformed",
            Self::ClaimsMalformed => "claims_malformed",
            Self::ClaimsDuplicateMember => "claims_duplicate_member",
            Self::ClaimsTooDeep => "claims_too_deep",
            Self::IssuerMissing => "issuer_missing",
            Self::IssuerUnknown => "issuer_unknown",
            Self::KeysUnavailable => "keys_unavailable",
            Self::KeyUnknown => "key_unknown",
            Self::KeyNotNamed => "key_not_named",
            Self::AlgorithmNotOfKey => "algorithm_not_of_key",
            Self::SignatureInvalid => "signature_invalid",
            Self::AudienceMalformed => "audience_malformed",
            Self::AudienceRefused => "audience_refused",
            Self::ExpiryMissing => "expiry_missing",
            Self::TimeMalformed => "time_malformed",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::SubjectMalformed => "subject_malformed",
            Self::BearerMissing => "bearer_missing",
            Self::ClientMalformed => "client_malformed",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.cause())
    }
}

impl std::error::Error for Refusal {}
