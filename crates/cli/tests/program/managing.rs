//! Is the directory managed by commands as it is by requests: alone, beside a server, and through one?

use serde_json::Value;

use crate::process::{Done, Place, Server};
use crate::world::{CUSTOMER, DOMAIN};

/// The ways in which a command reaches the directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Alone,
    BesideTheServer,
    ThroughTheServer,
}

/// A place, a server if the way needs one, and the flags that lead there.
struct House {
    place: Place,
    server: Option<Server>,
    flags: Vec<String>,
}

impl House {
    fn new(way: Way) -> Self {
        let place = Place::with_users(2);
        let add = ["api-access", "add", "--tenant", DOMAIN, "--name", "Tests", "--role", "csp"];
        let added = place.run(&[&add[..], &["--permission", "administrator"]].concat());
        assert_eq!(added.code, Some(0), "{added:?}");
        std::fs::write(place.path("admin.toml"), &added.out).unwrap();
        let server = (way != Way::Alone).then(|| place.serve());
        let mut flags = vec!["--tenant".to_owned(), DOMAIN.to_owned()];
        if let Some(server) = server.as_ref().filter(|_| way == Way::ThroughTheServer) {
            flags.extend(["--server", &server.url, "--credentials", "admin.toml"].map(str::to_owned));
        }
        Self { place, server, flags }
    }

    fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).collect();
        self.place.run_with(&[arguments, &flags].concat(), input)
    }

    /// What a command that must succeed prints.
    fn out(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, Some(0), "{arguments:?} {done:?}");
        done.out
    }

    fn id(&self, arguments: &[&str]) -> String {
        let id = self.out(arguments).trim().to_owned();
        assert_eq!(id.len(), 36, "{arguments:?} {id}");
        id
    }

    fn end(self) -> Place {
        if let Some(server) = self.server {
            server.stop();
        }
        self.place
    }
}

const COMPANY: [&str; 22] = [
    "--company-name",
    "O'Neil & Söhne",
    "--country",
    "SE",
    "--address-line1",
    "Storgatan 1",
    "--city",
    "Lund",
    "--state",
    "Skåne",
    "--zip",
    "222 22",
    "--first-name",
    "Åsa",
    "--last-name",
    "Lund",
    "--email",
    "asa@oneil.example",
    "--phone",
    "+46 46 123",
    "--tax-id",
    "SE1",
];

fn onboard_and_offboard(way: Way) -> Vec<String> {
    let house = House::new(way);
    let reseller =
        house.id(&[&["reseller", "add", "--custom-domain", "oneil.example"][..], &COMPANY].concat());
    let customer = house.id(&[&["customer", "add", "--reseller", &reseller][..], &COMPANY].concat());
    house.out(&[
        "customer",
        "set",
        &customer,
        "--reseller",
        &reseller,
        "--internal-identifier",
        "C-1",
        "--city",
        "Malmö",
    ]);
    let shown: Value = serde_json::from_str(&house.out(&["customer", "show", &customer])).unwrap();
    assert_eq!((&shown["city"], &shown["companyName"]), (&"Malmö".into(), &"O'Neil & Söhne".into()));
    let group = house.id(&["group", "add", "Invoice contacts"]);
    let add =
        ["user", "add", "--customer", &customer, "--reseller", &reseller, "--email", "bo@oneil.example"];
    let user =
        house
            .id(&[&add[..], &["--last-name", "Ek", "--group", "invoice CONTACTS", "--group", "Viewer"]]
                .concat());
    let refused = house.run(&add);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.told.contains("has this e-mail already"), "{refused:?}");
    house.out(&["group", "set", &group, "--name", "Billing"]);
    house.out(&["user", "set", "bo@oneil.example", "--first-name", "Bo", "--last-name", ""]);
    let list = |arguments: &[&str]| house.out(arguments).replace(&user, "(id)");
    let mut seen =
        vec![list(&["user", "list", "--search", "BO"]), list(&["users", "list", "--customer", &customer])];
    house.out(&["user", "remove", &user]);
    seen.push(list(&["users", "list", "--customer", &customer]));
    house.out(&["user", "restore", &user]);
    house.out(&["customer", "unrelate", &customer, &reseller]);
    house.out(&["group", "remove", &group]);
    seen.push(list(&["user", "show", &user]));
    house.out(&["customer", "remove", &customer]);
    let gone = house.run(&["user", "show", &user]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(gone.told.contains("404"), "{gone:?}");
    let place = house.end();
    let mut told: Vec<String> = place
        .records()
        .iter()
        .filter(|record| !["IssueToken", "ImportDirectory"].contains(&record["operation"].as_str().unwrap()))
        .map(|record| {
            format!(
                "{} {}",
                record["operation"].as_str().unwrap(),
                record["status"]["name"].as_str().unwrap()
            )
        })
        .collect();
    seen.append(&mut told);
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    seen
}

#[test]
fn an_onboarding_and_an_offboarding_go_the_same_by_every_way() {
    let alone = onboard_and_offboard(Way::Alone);
    insta::assert_snapshot!(alone.join("\n"));
    assert_eq!(onboard_and_offboard(Way::BesideTheServer), alone);
    assert_eq!(onboard_and_offboard(Way::ThroughTheServer), alone);
}

#[test]
fn files_of_users_go_in_and_out_by_every_way() {
    for way in [Way::Alone, Way::BesideTheServer, Way::ThroughTheServer] {
        let house = House::new(way);
        let file: String = (0..3_000).fold("firstName,lastName,email,groups\n".to_owned(), |text, number| {
            text + &format!("Åsa,=Nr {number:04},asa{number}@acme.example,Viewer|Alert Manager\n")
        });
        std::fs::write(house.place.path("people.csv"), &file).unwrap();
        let import = ["customer", "import-users", "--customer", CUSTOMER];
        let judged = house.run(&[&import[..], &["--dry-run", "people.csv"]].concat());
        assert_eq!((judged.code, judged.out.as_str()), (Some(0), ""), "{way:?} {judged:?}");
        assert!(judged.told.contains("would import 3000 users: 3000 new, 0 back"), "{judged:?}");
        let done = house.run_with(&[&import[..], &["-"]].concat(), &file);
        assert!(done.told.contains("imported 3000 users: 3000 new, 0 back"), "{way:?} {done:?}");
        let again = house.run(&[&import[..], &["people.csv"]].concat());
        assert_eq!(again.code, Some(1), "{way:?} {again:?}");
        assert!(
            again.told.contains("3000 rows are at fault") && again.told.contains("rows[2].email"),
            "{again:?}"
        );
        let dry = house.run(&[&import[..], &["--dry-run", "people.csv"]].concat());
        assert_eq!((dry.code, dry.out.lines().count()), (Some(1), 1_000), "{way:?}");
        assert!(dry.told.contains("3000 of 3000 rows are at fault; nothing was imported"), "{}", dry.told);
        let export = ["customer", "export-users", "--customer", CUSTOMER];
        let out = house.out(&[&export[..], &["-"]].concat());
        assert_eq!(out.lines().count(), 3_003, "{way:?}");
        assert!(
            !out.contains(",Åsa,'=Nr 0007,asa7@acme.example,Administrator") && out.contains(",'=Nr 0007,")
        );
        house.out(&[&export[..], &["people-out.csv"]].concat());
        assert_eq!(std::fs::read_to_string(house.place.path("people-out.csv")).unwrap(), out);
        let exists = house.run(&[&export[..], &["people-out.csv"]].concat());
        assert!(exists.code == Some(1) && exists.told.contains("--force"), "{exists:?}");
        let nobody =
            house.run(&["customer", "export-users", "--customer", &CUSTOMER.replace('c', "d"), "none.csv"]);
        assert_eq!(nobody.code, Some(1));
        assert!(!house.place.path("none.csv").exists(), "a refusal leaves no file");
        let ndjson = "{\"email\":\"x@acme.example\"}\n";
        let done = house.run_with(&[&import[..], &["--format", "ndjson", "-"]].concat(), ndjson);
        assert!(done.told.contains("imported 1 users"), "{way:?} {done:?}");
        house.end();
    }
}

#[test]
fn a_forgotten_person_stands_nowhere_in_the_files_and_the_trail_is_whole() {
    for way in [Way::Alone, Way::BesideTheServer] {
        let house = House::new(way);
        let add = ["user", "add", "--customer", CUSTOMER, "--email", "unmistakable@acme.example"];
        let user = house.id(&[&add[..], &["--first-name", "Unmistakable", "--last-name", "Ünique"]].concat());
        house.out(&["user", "set", &user, "--email", "unmistakable2@acme.example"]);
        house.out(&["user", "remove", &user]);
        let refused = house.run(&["user", "purge", &user]);
        assert_eq!(refused.code, Some(2), "without --now {refused:?}");
        house.out(&["user", "purge", "--now", &user]);
        let taken =
            house.run(&["user", "add", "--customer", CUSTOMER, "--email", "x@acme.example", "--id", &user]);
        assert!(taken.code == Some(1) && taken.told.contains("id:"), "{taken:?}");
        for entry in std::fs::read_dir(house.place.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            // A socket holds nothing.
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            assert!(!text.contains("unmistakable") && !text.contains("ünique"), "{}", path.display());
        }
        let place = house.end();
        assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
        let operations: Vec<String> =
            place.records().iter().map(|record| record["operation"].to_string()).collect();
        assert!(operations.contains(&"\"PurgeUser\"".to_owned()), "{operations:?}");
    }
}

#[test]
fn a_directory_may_begin_with_a_tenant() {
    let place = Place::empty();
    let added = place.run(&["tenant", "add", "Nordwind", "--domain", "Portal.Nordwind.example"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    let id = added.out.trim();
    let server = place.serve();
    let taken = place.run(&["tenant", "add", "Other", "--domain", "portal.nordwind.example"]);
    assert!(taken.code == Some(1) && taken.told.contains("portal.nordwind.example"), "{taken:?}");
    let bad = place.run(&["tenant", "add", " ", "--domain", "no domain"]);
    assert!(bad.told.contains("`name`") && bad.told.contains("`domain`"), "{bad:?}");
    let set =
        ["tenant", "set", "portal.nordwind.example", "--name", "Südwind", "--add-domain", "süd.example"];
    assert_eq!(place.run(&set).code, Some(0));
    let shown = place.run(&["tenant", "show", "xn--sd-xka.example"]).out;
    assert_eq!(
        shown,
        format!(
            "{{\"id\":\"{id}\",\"name\":\"Südwind\",\"domains\":[\"portal.nordwind.example\",\"xn--sd-xka.example\"]}}\n"
        )
    );
    assert_eq!(place.run(&["tenant", "list", "--json"]).out, shown);
    let add = ["user", "add", "--tenant", "süd.example", "--csp", "--email", "a@süd.example"];
    assert_eq!(place.run(&add).code, Some(0));
    server.stop();
    let operations: Vec<Value> = place.records().iter().map(|record| record["operation"].clone()).collect();
    assert_eq!(operations, ["RotateKeys", "CreateTenant", "UpdateTenant", "CreateUser"]);
}
