//! What may a body hold? Everything that is wrong with it is told in one reply, each fault on its property.

use domain::group::VIEWER;
use serde_json::{Value, json};

use crate::directory::*;
use crate::world::{World, shared_users};

/// Every operation that reads a body, with a member that a good one has.
fn operations() -> Vec<(&'static str, String, &'static str)> {
    let user = "/v1/users/00000000-0000-0000-0000-00000000e001".to_owned();
    vec![
        ("POST", "/v1/users".to_owned(), "email"),
        ("POST", format!("/v1/reseller/{ACORN}/users"), "email"),
        ("POST", shared_users(), "email"),
        ("PATCH", user, "lastName"),
        ("POST", "/v1/users/groups".to_owned(), "name"),
        ("PATCH", format!("/v1/users/groups/{CUSTOM_GROUP}"), "name"),
        ("POST", "/v1/Customers".to_owned(), "companyName"),
        ("PATCH", format!("/v1/Customers/{SHARED}/account-info"), "companyName"),
        ("PATCH", format!("/v1/Customers/{SHARED}/internal-identifier"), "internalIdentifier"),
        ("POST", "/v1/Resellers".to_owned(), "companyName"),
        ("PATCH", format!("/v1/Resellers/{ACORN}/account-info"), "companyName"),
        ("PATCH", format!("/v1/Resellers/{ACORN}/internal-identifier"), "body"),
        ("POST", "/v1/api-access".to_owned(), "name"),
        ("PATCH", format!("/v1/api-access/{OF_ACORN}"), "name"),
    ]
}

#[tokio::test]
async fn what_is_no_json_is_refused_on_the_body() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (method, path, _) in operations() {
        for body in [
            &b""[..],
            b" ",
            b"{",
            b"[]",
            b"17",
            b"{}{}",
            b"{\"email\":\"a@x.example\",}",
            b"{'email':'a@x.example'}",
            b"{\"email\":\"a@x.example\"}\0",
            b"{\"email\":\"\xff@x.example\"}",
            b"{\"email\":\"\\ud800@x.example\"}",
            b"{\"email\":\"\\udc00\\ud800\"}",
            b"{\"\x01\":1}",
            b"{\"a\":NaN}",
            b"\xef\xbb\xbf{}",
            b"\xfe\xff\0{\0}",
            deep(33).as_bytes(),
            deep(100_000).as_bytes(),
        ] {
            let answer = csp.ask(method, &path).json_text(body).send().await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!(answer.told(), "400 InvalidRequest", "{method} {path} {shown}");
            assert_eq!(answer.faults(), ["body"], "{method} {path} {shown}");
        }
    }
}

#[tokio::test]
async fn thirty_two_levels_of_json_are_read_and_one_more_is_not() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (method, path, _) in operations() {
        if path.ends_with("internal-identifier") {
            continue;
        }
        for (levels, fault) in [(32, "deep"), (33, "body")] {
            let text = format!("{{\"deep\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
            let answer = csp.ask(method, &path).json_text(text).send().await;
            assert!(
                answer.faults().contains(&fault.to_owned()),
                "{method} {path} {levels}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn members_that_are_unknown_repeated_or_of_another_type_are_faults() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (method, path, member) in operations() {
        if path.contains("/Resellers/") && path.ends_with("internal-identifier") {
            continue;
        }
        for (body, fault) in [
            (format!("{{\"tenantId\":null,\"{member}\":\"a\"}}"), "tenantId"),
            (format!("{{\"{}\":\"a\"}}", member.to_uppercase()), member.to_uppercase().as_str()),
            (format!("{{\"{member}\":\"a\",\"{member}\":\"a\"}}"), member),
            (format!("{{\"{member}\":1}}"), member),
            (format!("{{\"{member}\":true}}"), member),
            (format!("{{\"{member}\":[]}}"), member),
            (format!("{{\"{member}\":{{}}}}"), member),
            (format!("{{\"{member}\":\"a\\u0000\"}}"), member),
            (format!("{{\"{member}\":\"a\\u001fb\"}}"), member),
        ] {
            let answer = csp.ask(method, &path).json_text(body.clone()).send().await;
            assert_eq!(answer.told(), "400 InvalidRequest", "{method} {path} {body}");
            assert!(answer.faults().contains(&fault.to_owned()), "{method} {path} {body}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn what_nobody_may_say_of_a_user_is_unknown_in_every_body() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let members =
        ["tenant", "owner", "customerId", "resellerId", "context", "deletedAt", "createdBy", "revision"];
    let mut body = json!({"email": "a@x.example"});
    for member in members {
        body[member] = json!(NORTH.to_string());
    }
    for (method, path, _) in operations().into_iter().take(4) {
        let answer = csp.ask(method, &path).json(&body).send().await;
        let mut faults = answer.faults();
        faults.sort();
        let mut expected = members;
        expected.sort_unstable();
        assert_eq!(faults, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_mebibyte_of_json_is_read_and_one_byte_more_is_not() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (method, path, _) in operations() {
        let text = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
        let whole = csp.ask(method, &path).json_text(text(1 << 20)).send().await;
        assert_ne!(whole.status, 413, "{method} {path}");
        let larger = csp.ask(method, &path).json_text(text((1 << 20) + 1)).send().await;
        assert_eq!(larger.told(), "413 PayloadTooLarge", "{method} {path}");
    }
    let restore = csp.ask("POST", "/v1/users/00000000-0000-0000-0000-00000000e008/restore");
    assert_eq!(restore.clone().body(vec![b'x'; 65_537]).status().await, 413);
    assert_eq!(restore.body(vec![b'x'; 65_536]).status().await, 204, "what is of no use is dropped");
}

#[tokio::test]
async fn json_in_utf_8_is_read_and_no_other_type() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (number, media_type) in [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; Charset = utf-8; x=y",
    ]
    .into_iter()
    .enumerate()
    {
        let ask = csp.ask("POST", "/v1/users").with("Content-Type", media_type);
        let answer = ask.body(json!({"email": format!("u{number}@x.example")}).to_string()).send().await;
        assert_eq!(answer.status, 201, "{media_type}");
    }
    for (method, path, _) in operations() {
        let ask = csp.ask(method, &path).body("{}");
        for media_type in [
            "",
            "text/plain",
            "text/json",
            "application/json-patch+json",
            "application/x-www-form-urlencoded",
            "application/json; charset=iso-8859-1",
            "multipart/form-data; boundary=x",
        ] {
            let answer = ask.clone().with("Content-Type", media_type).send().await;
            assert_eq!(answer.told(), "415 UnsupportedMediaType", "{method} {path} {media_type}");
        }
        assert_eq!(ask.send().await.told(), "415 UnsupportedMediaType", "{method} {path} without a type");
    }
}

#[tokio::test]
async fn all_faults_of_path_query_headers_and_body_are_told_at_once() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({
        "id": "x", "firstName": 1, "lastName": "å".repeat(256), "email": "two@at@x.example",
        "role": {"name": "csp", "id": 1}, "groups": [
            {"id": VIEWER.to_string()}, 7, {"id": "0a000000-0000-4000-8000-000000000009"}, {"name": "Viewer"},
            {"id": VIEWER.to_string(), "members": []}, {"id": "00000000-0000-0000-0000-000000000000"},
        ], "owner": {},
    });
    let ask = csp.ask("POST", "/v1/customer/nonsense/users?resellerId=x&dryRun=1").json(&body);
    let answer = ask.and("Idempotency-Key", "two words").send().await;
    let mut faults = answer.faults();
    faults.sort();
    let mut expected = vec![
        "customerId",
        "resellerId",
        "dryRun",
        "Idempotency-Key",
        "id",
        "firstName",
        "lastName",
        "email",
        "role.id",
        "role",
        "groups[1]",
        "groups[2].id",
        "groups[3].id",
        "groups[4].members",
        "groups[5].id",
        "owner",
    ];
    expected.sort_unstable();
    assert_eq!(faults, expected, "{}", answer.text());
}

#[tokio::test]
async fn at_most_twenty_faults_are_told_and_their_names_are_cut() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut body = json!({"email": "a@x.example"});
    for number in 0..30 {
        body[format!("{number:02}{}", "å".repeat(100))] = Value::Null;
    }
    let answer = csp.post("/v1/users", &body).await;
    assert_eq!(answer.faults().len(), 20);
    assert!(answer.faults().iter().all(|name| name.chars().count() == 64));
}

/// The properties at fault of a good user with this member in the place of another.
async fn judged(world: &World, path: &str, member: &str, value: Value) -> Vec<String> {
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut body = json!({"email": "judged@x.example"});
    body[member] = value;
    let answer = csp.post(path, &body).await;
    if answer.status == 400 {
        assert_eq!(answer.kind(), "InvalidRequest", "{body}");
        return answer.faults();
    }
    assert_eq!(csp.delete(&format!("/v1/users/{}", answer.id())).await.status, 204);
    Vec::new()
}

#[tokio::test]
async fn names_have_255_characters_after_nfc_and_blank_ones_are_none() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for member in ["firstName", "lastName"] {
        for (written, kept) in [
            ("å".repeat(255), Some("å".repeat(255))),
            ("a\u{30a}".repeat(255), Some("å".repeat(255))),
            ("\u{1f600}".repeat(255), Some("\u{1f600}".repeat(255))),
            (" d'Arc\u{a0}\u{2028} ".to_owned(), Some(" d'Arc\u{a0}\u{2028} ".to_owned())),
            (String::new(), None),
            (" \u{a0}\u{2003}\u{3000}\t\n".to_owned(), None),
        ] {
            let mut body = json!({"email": "names@x.example"});
            body[member] = json!(written);
            let id = csp.post("/v1/users", &body).await.id();
            let user = csp.get(&format!("/v1/users/{id}")).await.json();
            assert_eq!(user[member], json!(kept), "{written:?}");
            assert_eq!(csp.delete(&format!("/v1/users/{id}")).await.status, 204);
        }
        for wrong in [
            "å".repeat(256),
            "\u{344}".repeat(128),
            "a\tb".to_owned(),
            "\u{0}".to_owned(),
            "a\u{1b}".to_owned(),
        ] {
            assert_eq!(judged(&world, "/v1/users", member, json!(wrong)).await, [member], "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn an_e_mail_has_one_at_sign_and_fits_into_the_rules_of_smtp() {
    let world = World::new().await;
    let domain = |labels: usize| format!("{}.example", vec!["abcdefghi"; labels].join("."));
    for good in [
        "a@b".to_owned(),
        "O'Neil+Åsa=!#$%&*/?^_`{|}~@x.example".to_owned(),
        "山田@例え.example".to_owned(),
        format!("{}@{}", "l".repeat(64), domain(18)),
    ] {
        assert_eq!(judged(&world, "/v1/users", "email", json!(good)).await, [""; 0], "{good}");
    }
    for wrong in [
        json!(null),
        json!(""),
        json!("asa"),
        json!("@x.example"),
        json!("asa@"),
        json!("a@b@x.example"),
        json!("a b@x.example"),
        json!(" asa@x.example"),
        json!("asa@x.example\u{a0}"),
        json!("asa\u{7f}@x.example"),
        json!("asa\u{85}@x.example"),
        json!("asa@x..example"),
        json!(format!("{}@x.example", "l".repeat(65))),
        json!(format!("{}@x.example", "å".repeat(33))),
        json!(format!("asa@{}.example", "x".repeat(64))),
        json!(format!("{}@{}", "l".repeat(64), domain(19))),
        json!(["asa@x.example"]),
    ] {
        assert_eq!(judged(&world, "/v1/users", "email", wrong.clone()).await, ["email"], "{wrong}");
    }
}

#[tokio::test]
async fn a_role_may_be_left_out_or_be_the_one_that_the_path_implies() {
    let world = World::new().await;
    for (path, right) in [
        ("/v1/users".to_owned(), "csp"),
        (format!("/v1/reseller/{ACORN}/users"), "reseller"),
        (shared_users(), "customer"),
    ] {
        for good in [json!(null), json!({}), json!({"name": null}), json!({ "name": right })] {
            assert_eq!(judged(&world, &path, "role", good.clone()).await, [""; 0], "{path} {good}");
        }
        for name in ["csp", "reseller", "customer", "CSP", "Administrator", ""] {
            if name != right {
                assert_eq!(judged(&world, &path, "role", json!({ "name": name })).await, ["role"]);
            }
        }
        for (wrong, fault) in [
            (json!(right), "role"),
            (json!([]), "role"),
            (json!({"name": 1}), "role.name"),
            (json!({"name": right, "id": 1}), "role.id"),
        ] {
            assert_eq!(judged(&world, &path, "role", wrong).await, [fault]);
        }
    }
}

#[tokio::test]
async fn groups_are_known_by_their_ids_alone_and_a_hundred_may_be_named() {
    let world = World::new().await;
    let viewer = json!({"id": VIEWER.to_string()});
    for good in [
        json!(null),
        json!([]),
        json!([{"id": VIEWER.0.simple().to_string().to_uppercase(), "name": "not its name"}]),
        json!(vec![viewer.clone(); 100]),
    ] {
        assert_eq!(judged(&world, "/v1/users", "groups", good).await, [""; 0]);
    }
    for (wrong, fault) in [
        (json!(vec![viewer.clone(); 101]), "groups"),
        (json!({}), "groups"),
        (json!("Viewer"), "groups"),
        (json!([viewer, null]), "groups[1]"),
        (json!([VIEWER.to_string()]), "groups[0]"),
        (json!([{}]), "groups[0].id"),
        (json!([{"name": "Viewer"}]), "groups[0].id"),
        (json!([{"id": "0a000000-0000-4000-8000-000000000009"}]), "groups[0].id"),
    ] {
        assert_eq!(judged(&world, "/v1/users", "groups", wrong.clone()).await, [fault], "{wrong}");
    }
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let twice = json!({"email": "twice@x.example", "groups": [
        {"id": CUSTOM_GROUP.to_string()}, {"id": VIEWER.to_string()}, {"id": CUSTOM_GROUP.to_string()},
    ]});
    let id = csp.post("/v1/users", &twice).await.id();
    let shown = csp.get(&format!("/v1/users/{id}")).await.json();
    assert_eq!(shown["groups"].as_array().unwrap().len(), 2, "who is named twice is in once");
}
