//! Directory files against a real database: what is refused, what comes back out.

use std::io::{BufReader, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::id::TenantId;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use store::Store;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

/// The directory that the tables below stand on, in the canonical form.
const WORLD: &str = r#"{"kind":"tenant","id":"00000000-0000-0000-0000-000000000001","name":"One","domains":["one.example","a.one.example"]}
{"kind":"tenant","id":"00000000-0000-0000-0000-000000000002","name":"Two","domains":["two.example"]}
{"kind":"issuer","issuer":"https://idp.example/","audience":"rollcall","tenants":["00000000-0000-0000-0000-000000000001"],"emailDomains":["x.example"],"verifiesEmail":true}
{"kind":"group","tenant":"00000000-0000-0000-0000-000000000001","id":"00000000-0000-0000-0000-000000000031","name":"Sales"}
{"kind":"reseller","tenant":"00000000-0000-0000-0000-000000000001","id":"00000000-0000-0000-0000-000000000011","companyName":"R One","taxId":"7","country":"DE","addressLine1":"a","addressLine2":"b","city":"c","state":"d","zipCode":"e","firstName":"f","lastName":"g","email":"h@x.example","phone":"i","internalIdentifier":"j","domains":["r.example"]}
{"kind":"reseller","tenant":"00000000-0000-0000-0000-000000000001","id":"00000000-0000-0000-0000-000000000012","companyName":"R Two","domains":[],"deletedAt":"2026-01-02T03:04:05Z"}
{"kind":"customer","tenant":"00000000-0000-0000-0000-000000000001","id":"00000000-0000-0000-0000-000000000021","companyName":"C One","taxId":"7","country":"FR","addressLine1":"a","addressLine2":"b","city":"c","state":"d","zip":"e","firstName":"f","middleName":"m","lastName":"g","email":"h@x.example","phone":"i","relations":[{"reseller":null,"internalIdentifier":null},{"reseller":"00000000-0000-0000-0000-000000000011","internalIdentifier":"K-1"}]}
{"kind":"user","tenant":"00000000-0000-0000-0000-000000000001","owner":{"csp":true},"reseller":null,"id":"00000000-0000-0000-0000-000000000041","firstName":null,"lastName":null,"email":"staff@one.example","groups":[]}
{"kind":"user","tenant":"00000000-0000-0000-0000-000000000001","owner":{"reseller":"00000000-0000-0000-0000-000000000011"},"reseller":null,"id":"00000000-0000-0000-0000-000000000042","firstName":"Bo","lastName":null,"email":"Bo@r.example","groups":[]}
{"kind":"user","tenant":"00000000-0000-0000-0000-000000000001","owner":{"customer":"00000000-0000-0000-0000-000000000021"},"reseller":"00000000-0000-0000-0000-000000000011","id":"00000000-0000-0000-0000-000000000043","firstName":"Åsa","lastName":"de Vries","email":"asa@x.example","groups":["00000000-0000-0000-0000-000000000031","5f000000-0000-4000-8000-000000000001"]}
{"kind":"user","tenant":"00000000-0000-0000-0000-000000000001","owner":{"customer":"00000000-0000-0000-0000-000000000021"},"reseller":null,"id":"00000000-0000-0000-0000-000000000044","firstName":"Gone","lastName":null,"email":"gone@x.example","groups":[],"deletedAt":"2026-01-02T03:04:05.5Z"}
{"kind":"apiAccess","tenant":"00000000-0000-0000-0000-000000000001","clientId":"00000000-0000-0000-0000-000000000051","name":"Sync","role":"csp","permission":"Administrator","secretHashes":["$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}
{"kind":"apiAccess","tenant":"00000000-0000-0000-0000-000000000001","clientId":"00000000-0000-0000-0000-000000000052","name":"Other","role":"customer","customer":"00000000-0000-0000-0000-000000000021","permission":"Viewer","disabled":true,"issuer":"https://idp.example/"}
"#;

struct House {
    store: Store,
    runtime: tokio::runtime::Runtime,
    _folder: TempDir,
}

impl House {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(store::Options {
            location: store::Location::File(folder.path().join("rollcall.db")),
            holder: "a test".to_owned(),
            now: Timestamp::UNIX_EPOCH,
            random: || [7; 32],
            new_trail_key: || vec![7],
            signer: |_| Ok(Arc::new(<[u8]>::to_vec)),
            seal: |_, text| text.to_owned(),
            new_id: |_| Uuid::nil(),
            rooms: store::Rooms::default(),
            progress: Box::new(|_, _| {}),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { store: store.unwrap(), runtime, _folder: folder }
    }

    fn holding(text: &str) -> Self {
        let house = Self::empty();
        house.import(text).unwrap();
        house
    }

    fn import(&self, text: &str) -> Result<Summary, ImportError> {
        self.run(text, false)
    }

    fn run(&self, text: &str, dry_run: bool) -> Result<Summary, ImportError> {
        self.read_in(Cursor::new(text.to_owned()), dry_run)
    }

    fn read_in(&self, input: impl Read + Send + 'static, dry_run: bool) -> Result<Summary, ImportError> {
        let hash_secret = |secret: &str| crate::secrets::hash(secret, &[9; 16]);
        let options = ImportOptions { dry_run, hash_secret, record: record() };
        self.runtime.block_on(import(&self.store, BufReader::new(input), options, |_| {}))
    }

    /// Line and property of each fault.
    fn faults(&self, text: &str) -> Vec<(u64, String)> {
        match self.run(text, true) {
            Ok(_) => Vec::new(),
            Err(ImportError::Faults { faults, total }) => {
                assert_eq!(faults.len() as u64, total.min(MOST_FAULTS as u64));
                faults.into_iter().map(|fault| (fault.line, fault.property)).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn export(&self, only: Option<TenantId>) -> String {
        let out = Shared::default();
        self.runtime.block_on(export(&self.store, only, out.clone(), |_| {})).unwrap();
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn audited(&self) -> usize {
        let count = Arc::new(Mutex::new(0));
        let counting = Arc::clone(&count);
        let each = move |_: store::Link<'_>| {
            *counting.lock().unwrap() += 1;
            true
        };
        self.runtime.block_on(self.store.audit_records(each)).unwrap();
        *count.lock().unwrap()
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn record() -> Record {
    let (id, at) = (Uuid::nil(), Timestamp::UNIX_EPOCH);
    let actor = ActorEntry::SYSTEM;
    Record::new(
        id,
        at,
        Operation::ImportDirectory,
        Status::Succeded,
        actor,
        "test",
        "A test imported a directory file.",
    )
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A good line of the kind, on top of [`WORLD`], with some members put in its place; `null` removes one.
fn line(kind: &str, changes: Value) -> String {
    let mut line = match kind {
        "tenant" => json!({"id": id(9), "name": "N", "domains": ["n.example"]}),
        "issuer" => {
            json!({"issuer": "https://n.example", "audience": "a", "tenants": [id(1)], "emailDomains": [], "verifiesEmail": false})
        }
        "group" => json!({"tenant": id(1), "id": id(0x39), "name": "N"}),
        "reseller" => json!({"tenant": id(1), "id": id(0x19), "companyName": "N", "domains": []}),
        "customer" => json!({"tenant": id(1), "id": id(0x29), "companyName": "N", "relations": []}),
        "user" => {
            json!({"tenant": id(1), "owner": {"customer": id(0x21)}, "reseller": id(0x11), "id": id(0x49),
            "firstName": "N", "lastName": null, "email": "n@x.example", "groups": []})
        }
        _ => {
            json!({"tenant": id(1), "clientId": id(0x59), "name": "N", "role": "csp", "permission": "Viewer"})
        }
    };
    line["kind"] = kind.into();
    for (name, value) in changes.as_object().unwrap() {
        line[name.as_str()] = value.clone();
    }
    line.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    line.to_string()
}

#[test]
fn what_comes_in_canonical_goes_out_to_the_same_bytes_and_is_audited_once() {
    let house = House::holding(WORLD);
    assert_eq!(house.export(None), WORLD);
    assert_eq!(house.audited(), 1);
}

#[test]
fn one_tenant_goes_out_with_issuers_that_name_it_alone() {
    let both = WORLD.replacen(
        r#""tenants":["00000000-0000-0000-0000-000000000001"]"#,
        r#""tenants":["00000000-0000-0000-0000-000000000001","00000000-0000-0000-0000-000000000002"]"#,
        1,
    );
    let house = House::holding(&both);
    let one: String = WORLD.split_inclusive('\n').filter(|line| !line.contains(r#""name":"Two""#)).collect();
    assert_eq!(house.export(Some(TenantId(id(1)))), one);
    assert_eq!(house.export(Some(TenantId(id(2)))).lines().count(), 2);
}

#[test]
fn each_fault_is_told_by_its_property_and_all_of_a_line_together() {
    let house = House::holding(WORLD);
    let long = "x".repeat(256);
    let hash = crate::secrets::DUMMY;
    let other_hash = hash.replace("$AAAAAAAAAAAAAAAAAAAAAA$", "$AAAAAAAAAAAAAAAAAAAABA$");
    let many: Vec<Uuid> = (0..101).map(|number| id(1_000 + number)).collect();
    let many_faults: Vec<String> =
        std::iter::once("groups".to_owned()).chain((0..99).map(|place| format!("groups[{place}]"))).collect();
    let many_faults: Vec<&str> = many_faults.iter().map(String::as_str).collect();
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("tenant", json!({}), &[]),
        (
            "tenant",
            json!({"id": id(1), "name": " ", "domains": ["one.example", "1.2.3.4", "n.example", "N.example."]}),
            &["name", "domains[1]", "domains[3]", "id", "domains[0]"],
        ),
        (
            "tenant",
            json!({"id": Uuid::nil(), "name": 1, "domains": "n.example", "x": 1}),
            &["id", "name", "domains", "x"],
        ),
        ("tenant", json!({"id": id(9), "name": "a\u{0}", "domains": ["r.example"]}), &["name", "domains[0]"]),
        ("issuer", json!({}), &[]),
        ("issuer", json!({"issuer": "http://127.0.0.1:8080/x"}), &[]),
        ("issuer", json!({"issuer": "http://[::1]"}), &[]),
        ("issuer", json!({"issuer": "http://n.example"}), &["issuer"]),
        ("issuer", json!({"issuer": "https://n.example/?a"}), &["issuer"]),
        ("issuer", json!({"issuer": "https://n.example/#a"}), &["issuer"]),
        ("issuer", json!({"issuer": "https://a@n.example/"}), &["issuer"]),
        (
            "issuer",
            json!({"issuer": "https://idp.example/", "tenants": [id(1), id(3)], "emailDomains": ["a b"], "verifiesEmail": "yes", "audience": ""}),
            &["audience", "emailDomains[0]", "verifiesEmail", "tenants[1]", "issuer"],
        ),
        ("group", json!({}), &[]),
        ("group", json!({"id": domain::group::VIEWER}), &["id"]),
        ("group", json!({"id": id(0x31), "tenant": id(2)}), &[]),
        ("group", json!({"tenant": id(3), "name": long}), &["name", "tenant"]),
        (
            "reseller",
            json!({"middleName": "m", "zip": "z", "country": "XX", "email": "x", "phone": "1".repeat(31)}),
            &["country", "email", "phone", "middleName", "zip"],
        ),
        (
            "reseller",
            json!({"id": id(0x11), "companyName": null, "domains": ["two.example"], "deletedAt": "yesterday"}),
            &["companyName", "deletedAt", "id", "domains[0]"],
        ),
        (
            "reseller",
            json!({"id": id(0x21), "country": "de", "zipCode": "", "email": "", "deletedAt": "2026-01-31T12:00:00+01:00"}),
            &[],
        ),
        ("customer", json!({"relations": null}), &[]),
        (
            "customer",
            json!({"relations": [{"reseller": id(0x11)}, {}, {"reseller": null}, {"reseller": id(0x13)}, {"reseller": id(0x11), "x": 1}, 1, {"reseller": "?"}]}),
            &[
                "relations[2].reseller",
                "relations[4].reseller",
                "relations[4].x",
                "relations[5]",
                "relations[6].reseller",
                "relations[3].reseller",
            ],
        ),
        (
            "customer",
            json!({"relations": [{"reseller": id(0x12), "internalIdentifier": long}]}),
            &["relations[0].internalIdentifier"],
        ),
        (
            "customer",
            json!({"id": id(0x21), "internalIdentifier": "x", "zipCode": "1"}),
            &["internalIdentifier", "zipCode", "id"],
        ),
        ("user", json!({}), &[]),
        ("user", json!({"owner": {"reseller": id(0x12)}, "reseller": null}), &[]),
        ("user", json!({"owner": {"csp": true}}), &["reseller"]),
        ("user", json!({"owner": {"csp": false}, "reseller": null}), &["owner"]),
        ("user", json!({"owner": {"csp": true, "customer": id(0x21)}}), &["owner"]),
        ("user", json!({"owner": {"customer": 1, "x": 1}}), &["owner.customer", "owner.x"]),
        ("user", json!({"owner": {"customer": id(0x22)}}), &["owner.customer"]),
        ("user", json!({"owner": {"reseller": id(0x21)}, "reseller": null}), &["owner.reseller"]),
        ("user", json!({"owner": null, "email": null, "id": "x"}), &["owner", "id", "email"]),
        ("user", json!({"reseller": id(0x12)}), &["reseller"]),
        (
            "user",
            json!({"firstName": long, "lastName": 1, "email": "x", "groups": [id(0x31), id(0x32), id(0x31), "x"]}),
            &["firstName", "lastName", "email", "groups[2]", "groups[3]", "groups[1]"],
        ),
        ("user", json!({"groups": many}), &many_faults),
        ("user", json!({"id": id(0x43)}), &["id"]),
        ("user", json!({"email": "ASA@x.example"}), &["email"]),
        ("user", json!({"email": "asa@x.example", "reseller": null}), &[]),
        ("user", json!({"email": "asa@x.example", "deletedAt": "2026-01-02T03:04:05Z"}), &[]),
        ("user", json!({"email": "gone@x.example", "reseller": null}), &[]),
        ("user", json!({"tenant": id(2), "role": "csp"}), &["role", "owner.customer"]),
        ("apiAccess", json!({}), &[]),
        ("apiAccess", json!({"clientId": id(0x51), "tenant": id(2), "name": " "}), &["name", "clientId"]),
        ("apiAccess", json!({"role": "reseller"}), &["reseller"]),
        ("apiAccess", json!({"role": "reseller", "reseller": id(0x11), "customer": id(0x21)}), &["customer"]),
        ("apiAccess", json!({"role": "customer", "customer": id(0x23)}), &["customer"]),
        ("apiAccess", json!({"reseller": id(0x11), "permission": "Owner"}), &["permission", "reseller"]),
        ("apiAccess", json!({"issuer": "https://idp.example/", "tenant": id(2)}), &["issuer"]),
        ("apiAccess", json!({"issuer": "https://idp.example"}), &["issuer"]),
        ("apiAccess", json!({"secret": ""}), &["secret"]),
        ("apiAccess", json!({"secret": "a\tb"}), &["secret"]),
        ("apiAccess", json!({"secret": "12345678", "secretHashes": [hash]}), &[]),
        ("apiAccess", json!({"secret": "12345678", "secretHashes": [hash, other_hash]}), &["secret"]),
        (
            "apiAccess",
            json!({"secretHashes": [hash, hash, "$argon2i$x"], "disabled": 1}),
            &["disabled", "secretHashes[1]", "secretHashes[2]"],
        ),
    ];
    for (kind, changes, expected) in cases {
        let line = line(kind, changes);
        let properties: Vec<String> = house.faults(&line).into_iter().map(|(_, property)| property).collect();
        let (mut found, mut expected) = (properties, expected.to_vec());
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{line}");
    }
    assert_eq!(house.export(None), WORLD, "a dry run leaves nothing behind");
}

#[test]
fn what_is_no_thing_is_a_fault_of_the_line_or_the_kind() {
    let house = House::empty();
    for (text, property) in [
        ("[]", "line"),
        ("{", "line"),
        (r#"{"kind":"tenant"} {}"#, "line"),
        (r#"{"kind":"\ud800"}"#, "line"),
        ("{}", "kind"),
        (r#"{"kind":1}"#, "kind"),
        (r#"{"kind":"Tenant"}"#, "kind"),
    ] {
        assert_eq!(house.faults(text), [(1, property.to_owned())], "{text}");
    }
    let twice = r#"{"kind":"tenant","id":"00000000-0000-0000-0000-000000000001","name":"a","name":"b"}"#;
    assert_eq!(house.faults(twice), [(1, "name".to_owned())]);
}

#[test]
fn one_fault_of_a_line_is_not_one_of_the_lines_that_name_its_thing() {
    let house = House::empty();
    let faulty =
        WORLD.replace(r#""name":"One""#, r#""name":"""#).replace(r#""country":"FR""#, r#""country":"F""#);
    assert_eq!(house.faults(&faulty), [(1, "name".to_owned()), (7, "country".to_owned())]);
}

#[test]
fn duplicates_within_a_file_are_told_by_the_later_line_and_nothing_is_written() {
    let house = House::empty();
    let users = [
        line("user", json!({"email": "n1@x.example", "id": id(0x43)})),
        line("user", json!({"email": "Asa@X.example"})),
        line("user", json!({"email": "n2@x.example"})),
    ];
    let text = format!("{WORLD}{}\n", users.join("\n"));
    assert_eq!(house.faults(&text), [(14, "id".to_owned()), (15, "email".to_owned())]);
    assert!(house.import(&text).is_err());
    assert_eq!(house.export(None), "");
    assert_eq!(house.audited(), 0);
    house.import(WORLD).unwrap();
    assert_eq!(
        house.faults(&users.join("\n")),
        [(1, "id".to_owned()), (2, "email".to_owned())],
        "also by the real indexes"
    );
}

#[test]
fn the_first_hundred_faults_are_told_and_the_others_counted() {
    let house = House::empty();
    let Err(ImportError::Faults { faults, total }) = house.import(&"[]\n".repeat(1_500)) else {
        panic!("accepted")
    };
    assert_eq!((faults.len(), total), (MOST_FAULTS, 1_500));
    assert_eq!(faults.last().map(|fault| fault.line), Some(100));
}

#[test]
fn an_input_that_breaks_off_leaves_nothing_behind() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let house = House::empty();
    assert!(matches!(house.read_in(WORLD.as_bytes().chain(Broken), false), Err(ImportError::Read(_))));
    assert_eq!(house.export(None), "");
}

#[test]
fn an_output_that_breaks_off_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let house = House::holding(WORLD);
    let outcome = house.runtime.block_on(export(&house.store, None, Full, |_| {}));
    assert!(matches!(outcome, Err(ExportError::Write(_))));
}

#[test]
fn a_secret_comes_out_as_its_hash() {
    let house = House::holding(WORLD);
    house.import(&line("apiAccess", json!({"secret": "open sesame".replace(' ', "-")}))).unwrap();
    let access =
        house.runtime.block_on(house.store.api_access(domain::id::ClientId(id(0x59)))).unwrap().unwrap();
    assert!(crate::secrets::verify("open-sesame", &access.secret_hashes[0]));
    assert!(!house.export(None).contains("sesame"));
}

fn any_name() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-zA-ZÅåßéあ'\" \\\\\u{a0}\u{301}-]{0,12}")
}

prop_compose! {
    /// What may differ between the users of the owners of [`WORLD`], but for id and e-mail.
    fn any_user()(
        owner in 0..4_u8,
        first in any_name(),
        last in any_name(),
        deleted in any::<bool>(),
        groups in 0..3_usize,
    ) -> Value {
        let (owner, context) = match owner {
            0 => (json!({"csp": true}), None),
            1 => (json!({"reseller": id(0x11)}), None),
            2 => (json!({"customer": id(0x21)}), None),
            _ => (json!({"customer": id(0x21)}), Some(id(0x11))),
        };
        let groups: Vec<Uuid> = [domain::group::VIEWER.0, id(0x31)].into_iter().take(groups).collect();
        json!({
            "owner": owner,
            "reseller": context,
            "firstName": first,
            "lastName": last,
            "groups": groups,
            "deletedAt": deleted.then_some("2026-02-03T04:05:06.789Z"),
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn what_went_out_comes_in_and_goes_out_to_the_same_bytes(
        users in proptest::collection::vec(any_user(), 0..40),
        names in proptest::collection::vec("[a-zé]{1,9}", 0..9),
    ) {
        let mut text = WORLD.to_owned();
        for (place, name) in names.iter().enumerate() {
            let relations = json!([{"reseller": id(0x12), "internalIdentifier": name}, {"reseller": null}]);
            text.push_str(&line("customer", json!({"id": id(5_000 - place as u128), "companyName": name, "city": name, "relations": relations})));
            text.push('\n');
        }
        for (place, mut user) in users.into_iter().enumerate() {
            // Ids that fall, so that the order of the file is not the one of the export.
            user["id"] = json!(id(9_000 - place as u128));
            user["email"] = json!(format!("N{place}@É.example"));
            text.push_str(&line("user", user));
            text.push('\n');
        }
        let once = House::holding(&text).export(None);
        let twice = House::holding(&once).export(None);
        prop_assert_eq!(&once, &twice);
        prop_assert_eq!(once.lines().count(), text.lines().count());
    }
}
