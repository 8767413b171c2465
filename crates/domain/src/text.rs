//! Which texts may be in the directory? Each type here is parsed once and valid for ever after.
//!
//! A parse says all that is wrong as one sentence that tells what to do; the caller adds the property.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::Serialize;

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();

/// The most characters (Unicode scalar values after NFC) of a name, an e-mail and most other texts.
pub const LONGEST_TEXT: usize = 255;

/// Puts a text into Unicode Normalization Form C.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    NFC.normalize(text)
}

/// Folds case so that two texts that differ in case alone become equal: full Unicode case folding
/// between two normalisations, the same on every database because none of them does it.
#[must_use]
pub fn fold_case(text: &str) -> String {
    let folded = CaseMapper::new().fold_string(&nfc(text)).into_owned();
    nfc(&folded).into_owned()
}

/// A text of one line: in NFC, without control characters, not blank, at most `longest` characters.
///
/// # Errors
/// One sentence that says what is wrong and what would be right.
pub fn line(text: &str, longest: usize) -> Result<Option<String>, String> {
    let text = nfc(text);
    if text.chars().all(char::is_whitespace) {
        return Ok(None);
    }
    if let Some(control) = text.chars().find(|character| *character < '\u{20}') {
        return Err(format!("Remove the control character U+{:04X}.", u32::from(control)));
    }
    let length = text.chars().count();
    if length > longest {
        return Err(format!("At most {longest} characters are allowed; this has {length}."));
    }
    Ok(Some(text.into_owned()))
}

/// One part of a person's name, kept as given but for NFC (contract section 2, "The user in a body").
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Reads a name; one that is empty or only white space is none at all.
    ///
    /// # Errors
    /// A control character, or more than 255 characters after NFC.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        Ok(line(text, LONGEST_TEXT)?.map(Self))
    }

    /// The name as it is kept and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, kept as written, compared by [`Email::folded`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address: at most 255 characters, one `@`, no white space or control characters, at most
    /// 64 octets before the `@` and 255 after it (RFC 5321 section 4.5.3.1), UTF-8 allowed (RFC 6531).
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("An e-mail address is required.".to_owned());
        }
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            return Err(format!("At most {LONGEST_TEXT} characters are allowed; this has {length}."));
        }
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err("Remove the white space and control characters.".to_owned());
        }
        let Some((local, domain)) = text.split_once('@').filter(|(_, domain)| !domain.contains('@')) else {
            return Err("Give one address with exactly one `@`.".to_owned());
        };
        if local.is_empty() || local.len() > 64 {
            return Err("Give 1 to 64 octets before the `@`.".to_owned());
        }
        let label_fits = |label: &str| !label.is_empty() && label.len() <= 63;
        if domain.len() > 255 || !domain.split('.').all(label_fits) {
            return Err("Give a domain of labels of 1 to 63 octets after the `@`.".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two addresses have in common when they are the same mailbox to the directory.
    #[must_use]
    pub fn folded(&self) -> String {
        fold_case(&self.0)
    }

    /// The domain in the form in which domains are compared, if it is one.
    #[must_use]
    pub fn domain(&self) -> Option<DomainName> {
        self.0.split_once('@').and_then(|(_, domain)| DomainName::parse(domain).ok())
    }
}

/// A domain name in its ASCII form and lower case, without the trailing dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    /// Reads a domain as the `X-Tenant` row of the contract says: any case, one trailing dot dropped, IDN
    /// brought to its ASCII form by UTS 46. An address, a port, a scheme or a path is not a domain.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_suffix('.').unwrap_or(text);
        if bare.len() > 253 {
            return Err("A domain has at most 253 octets.".to_owned());
        }
        let ascii = Uts46::new()
            .to_ascii(bare.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
            .map_err(|_| "Give a domain name, such as `portal.example.com`.".to_owned())?;
        // RFC 1123 section 2.1: a last label of digits alone makes it an address; WHATWG URL adds 0x…
        let last = ascii.rsplit('.').next().unwrap_or_default();
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
            || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_number {
            return Err("An IP address is not a domain; give the portal's domain name.".to_owned());
        }
        Ok(Self(ascii.into_owned()))
    }

    /// The ASCII form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_in_nfc_and_a_blank_one_is_none() {
        assert_eq!(Name::parse("A\u{30a}sa").unwrap().unwrap().as_str(), "Åsa");
        assert_eq!(Name::parse(" Åsa  B ").unwrap().unwrap().as_str(), " Åsa  B ");
        for blank in ["", " ", "\u{a0}\u{2003}", "\t\n"] {
            assert_eq!(Name::parse(blank).unwrap(), None, "{blank:?}");
        }
        assert!(Name::parse("a\u{0}b").is_err());
        assert!(Name::parse("a\tb").is_err());
        assert!(Name::parse(&"å".repeat(255)).is_ok());
        assert!(Name::parse(&"a\u{30a}".repeat(255)).is_ok(), "counted after NFC");
        assert!(Name::parse(&"å".repeat(256)).is_err());
    }

    #[test]
    fn an_email_has_one_at_sign_and_lengths_of_rfc_5321() {
        let long_local = "a".repeat(64);
        for good in ["a@b", "O'Neil@Example.COM", "jürgen@bücher.example", &format!("{long_local}@b.example")]
        {
            assert_eq!(Email::parse(good).unwrap().as_str(), good);
        }
        let long = format!("{}@{}.example", "a".repeat(60), "b.".repeat(100));
        for bad in
            ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\u{0}", "a@b..c", &format!("a{long_local}@b"), &long]
        {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn emails_that_differ_in_case_alone_fold_to_the_same() {
        let folded = |text: &str| Email::parse(text).unwrap().folded();
        assert_eq!(folded("Åsa@B.example"), folded("a\u{30a}SA@b.EXAMPLE"));
        assert_eq!(folded("STRASSE@x.example"), folded("straße@x.example"));
        assert_ne!(folded("asa@b.example"), folded("åsa@b.example"));
    }

    #[test]
    fn a_domain_is_compared_in_its_ascii_form() {
        for (written, kept) in [
            ("Portal.Example.COM", "portal.example.com"),
            ("portal.example.com.", "portal.example.com"),
            ("Bücher-Cloud.example", "xn--bcher-cloud-thb.example"),
            ("localhost", "localhost"),
            ("a1.2b", "a1.2b"),
        ] {
            assert_eq!(DomainName::parse(written).unwrap().as_str(), kept);
        }
        let long = format!("{}.example", "a.".repeat(130));
        for bad in [
            "",
            ".",
            "a..b",
            "portal.example.com..",
            "127.0.0.1",
            "[::1]",
            "::1",
            "1",
            "0x7f.0x1",
            "a:80",
            "a.example:443",
            "https://a.example",
            "a.example/x",
            "a b",
            "-a.example",
            "a-.example",
            "a_b.example",
            "a,b",
            &long,
        ] {
            assert!(DomainName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
