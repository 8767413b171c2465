//! What can be read of the trail, by whom, and how is it found? `GET /v1/AuditLogs`.

use domain::group::VIEWER;
use domain::user::Owner;
use serde_json::{Value, json};

use crate::ask::{Answer, exchange};
use crate::caller::Caller;
use crate::directory::*;
use crate::world::{START, World, later, shared_users, user_at};

const LOGS: &str = "/v1/AuditLogs";

/// The correlation ids of the records that a query gives, in its order.
async fn found(caller: &Caller, query: &str) -> Vec<String> {
    caller.get(&format!("{LOGS}?pageSize=2000&{query}")).await.each("correlationId")
}

/// Asks under a name of its own, a second after what was before.
async fn asks(caller: &Caller, name: &str, method: &str, path: &str, body: Value) -> Answer {
    later(1);
    caller.ask(method, path).json(&body).and("X-Correlation-Id", name).send().await
}

#[tokio::test]
async fn a_record_has_exactly_the_members_of_the_contract_in_their_order() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let path = format!("{}?resellerId={ACORN}", shared_users());
    let body = json!({"email": "one@x.example"});
    let id = asks(&csp, "one", "POST", &path, body).await.id();
    for path in [LOGS.to_owned(), LOGS.to_uppercase() + "/"] {
        let answer = csp.get(&format!("{path}?CORRELATIONID=one&pagesize=1&PAGENUMBER=1")).await;
        let record = answer.items().remove(0);
        let record_id = record["id"].as_str().unwrap();
        assert_eq!(
            answer.text(),
            format!(
                "{{\"items\":[{{\"id\":\"{record_id}\",\"timestamp\":\"2026-09-21T14:13:21Z\",\
                 \"operation\":\"CreateUser\",\"status\":{{\"name\":\"Succeded\"}},\
                 \"actor\":{{\"kind\":\"ApiAccess\",\"id\":\"{CSP_ADMINISTRATOR}\",\"name\":\"client 2\"}},\
                 \"resellerId\":\"{ACORN}\",\"customerId\":\"{SHARED}\",\"targetId\":\"{id}\",\
                 \"correlationId\":\"one\",\"clientAddress\":\"127.0.0.1\",\"description\":\"Added a user.\",\
                 \"changes\":[{{\"propertyName\":\"email\",\"before\":null,\"after\":\"one@x.example\"}},\
                 {{\"propertyName\":\"resellerId\",\"before\":null,\"after\":\"{ACORN}\"}}]}}],\
                 \"paginationParameters\":{{\"pageNumber\":1,\"pageSize\":1}},\"totalPages\":1,\"totalCount\":1,\
                 \"hasPreviousPage\":false,\"hasNextPage\":false,\"continuationToken\":null}}"
            )
        );
    }
    let head = csp.ask("HEAD", LOGS).send().await;
    assert_eq!((head.status, head.header("cache-control")), (200, Some("private, no-cache")));
}

#[tokio::test]
async fn records_are_shown_newest_first_a_page_at_a_time_and_at_once() {
    let world = World::new().await;
    let csp = world.caller(CSP).await;
    for number in 0..7 {
        asks(&csp, &format!("n{number}"), "GET", "/v1/users/groups", Value::Null).await;
    }
    assert_eq!(found(&csp, "Operations=ListGroups").await, ["n6", "n5", "n4", "n3", "n2", "n1", "n0"]);
    let page = csp.get(&format!("{LOGS}?Operations=ListGroups&PageSize=3&PageNumber=3")).await;
    assert_eq!(page.each("correlationId"), ["n0"]);
    let body = page.json();
    assert_eq!((&body["totalCount"], &body["totalPages"]), (&json!(7), &json!(3)));
    assert_eq!((&body["hasPreviousPage"], &body["hasNextPage"]), (&json!(true), &json!(false)));
    let beyond = csp.get(&format!("{LOGS}?Operations=ListGroups&PageNumber=2147483647")).await;
    assert_eq!((beyond.items().len(), &beyond.json()["totalCount"]), (0, &json!(7)));
    let before = csp.get(LOGS).await.json()["totalCount"].as_u64().unwrap();
    let after = csp.get(LOGS).await.json()["totalCount"].as_u64().unwrap();
    assert_eq!(after, before + 1, "the look before is in the next");
}

/// Somebody of each kind does something; gives the distributor's Administrator.
async fn busy(world: &World) -> Caller {
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let birch = world.caller(BIRCH_ADMINISTRATOR).await;
    let shared = world.caller(SHARED_ADMINISTRATOR).await;
    let renamed = json!({"lastName": "Neu"});
    asks(&csp, "csp-reads", "GET", &shared_users(), Value::Null).await;
    asks(&csp, "csp-in-acorn", "PATCH", &user_at(1), renamed.clone()).await;
    asks(&csp, "csp-direct", "PATCH", &user_at(2), renamed.clone()).await;
    asks(&csp, "csp-staff", "PATCH", &user_at(102), renamed.clone()).await;
    asks(&csp, "csp-elsewhere", "PATCH", &user_at(50), renamed.clone()).await;
    asks(&csp, "csp-fails", "PATCH", &user_at(1), json!({"lastName": 1})).await;
    asks(&acorn, "acorn-writes", "PATCH", &user_at(4), renamed.clone()).await;
    asks(&acorn, "acorn-fails", "PATCH", &user_at(3), renamed.clone()).await;
    asks(&birch, "birch-reads", "GET", &shared_users(), Value::Null).await;
    asks(&birch, "birch-tries", "GET", &format!("{}?resellerId={ACORN}", shared_users()), Value::Null).await;
    asks(&shared, "shared-writes", "PATCH", &user_at(3), renamed).await;
    asks(&shared, "shared-fails", "GET", "/v1/Resellers", Value::Null).await;
    csp
}

#[tokio::test]
async fn each_caller_sees_the_records_of_its_own_scope() {
    let world = World::new().await;
    busy(&world).await;
    let all = [
        "shared-fails",
        "shared-writes",
        "birch-tries",
        "birch-reads",
        "acorn-fails",
        "acorn-writes",
        "csp-fails",
        "csp-elsewhere",
        "csp-staff",
        "csp-direct",
        "csp-in-acorn",
        "csp-reads",
    ];
    let of_acorn = ["acorn-fails", "acorn-writes", "csp-staff", "csp-in-acorn"];
    let of_birch = ["shared-writes", "birch-tries", "birch-reads"];
    let of_shared = [
        "shared-fails",
        "shared-writes",
        "birch-reads",
        "acorn-writes",
        "csp-direct",
        "csp-in-acorn",
        "csp-reads",
    ];
    let seen = async |client, query: &str| {
        let mut ids = found(&world.caller(client).await, query).await;
        ids.retain(|id| all.contains(&id.as_str()));
        ids
    };
    assert_eq!(seen(CSP, "").await, all);
    assert_eq!(seen(CSP, &format!("resellerId={ACORN}")).await, of_acorn, "the trail as Acorn sees it");
    assert_eq!(seen(OF_ACORN, "").await, of_acorn);
    assert_eq!(seen(OF_ACORN, &format!("resellerId={ACORN}")).await, of_acorn);
    assert_eq!(seen(OF_BIRCH_CLIENT, "").await, of_birch);
    assert_eq!(seen(OF_SHARED, "").await, of_shared);
    assert_eq!(seen(OF_SHARED, &format!("resellerId={ACORN}")).await, ["acorn-writes", "csp-in-acorn"]);
    assert_eq!(seen(OF_DIRECT, "").await, ["csp-elsewhere"]);
    assert_eq!(seen(OF_LONELY, "").await, [""; 0]);
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    assert_eq!(found(&southern, "").await, [""; 0], "nothing of another tenant");
    for (client, reseller, expected) in [
        (CSP, SOUTHERN, "404 ResellerNotFound"),
        (OF_ACORN, BIRCH, "403 ResellerScopeMismatch"),
        (OF_SHARED, LONELY, "403 ResellerNotRelated"),
    ] {
        let answer = world.caller(client).await.get(&format!("{LOGS}?resellerId={reseller}")).await;
        assert_eq!(answer.told(), expected, "{client}");
    }
    assert_eq!(world.person("alert@north.example").get(LOGS).await.told(), "403 PermissionDenied");
}

#[tokio::test]
async fn records_are_found_by_operation_status_request_and_company() {
    let world = World::new().await;
    let csp = busy(&world).await;
    let rename = |path: &'static str, name| (path, json!({ "companyName": name }));
    for (path, body) in [rename("Customers", "Müller & Söhne"), rename("Resellers", "Eichhörnchen")] {
        let id = if path == "Customers" { SHARED.to_string() } else { ACORN.to_string() };
        assert_eq!(csp.patch(&format!("/v1/{path}/{id}/account-info"), &body).await.status, 202);
    }
    for (query, expected) in [
        ("Operations=UpdateUser&Status=Failed", vec!["acorn-fails", "csp-fails"]),
        (
            "Operations=ListCustomerUsers|ListResellers",
            vec!["shared-fails", "birch-tries", "birch-reads", "csp-reads"],
        ),
        ("operations=%20ListResellers%20%7C&STATUS=failed", vec!["shared-fails"]),
        ("Operations=ListCustomerUsers&Status=Succeded", vec!["birch-reads", "csp-reads"]),
        ("Status=Processing", vec![]),
        ("Operations=Nothing", vec![]),
        ("CorrelationId=csp-direct", vec!["csp-direct"]),
        ("CorrelationId=CSP-direct", vec![]),
        ("Customer=m%C3%BCll&Status=Failed", vec!["birch-tries"]),
        (
            "Customer=MULLER&Operations=UpdateUser",
            vec!["shared-writes", "acorn-writes", "csp-direct", "csp-in-acorn"],
        ),
        ("Customer=nobody", vec![]),
        ("Reseller=hornch&Status=Failed", vec!["acorn-fails"]),
        (
            "Reseller=eichh%C3%B6rnchen&Operations=UpdateUser&Status=Succeded",
            vec!["acorn-writes", "csp-staff", "csp-in-acorn"],
        ),
        ("Reseller=hornch&Customer=muller&Operations=UpdateUser", vec!["acorn-writes", "csp-in-acorn"]),
        (
            "Operations=&Status=&CorrelationId=csp-staff&Reseller=&Customer=&Actor=&resellerId=",
            vec!["csp-staff"],
        ),
    ] {
        assert_eq!(found(&csp, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn records_are_found_by_who_asked() {
    let world = World::new().await;
    let csp = busy(&world).await;
    let vera = world.person("vera@north.example");
    asks(&vera, "vera-reads", "GET", "/v1/users/groups", Value::Null).await;
    asks(&vera, "vera-fails", "DELETE", &user_at(1), Value::Null).await;
    let vera_id = person(101, "vera", Owner::Csp, &[]).id;
    let acorn = ACORN_ADMINISTRATOR.to_string();
    for (actor, expected) in [
        (acorn.clone(), vec!["acorn-fails", "acorn-writes"]),
        (format!("%7B{}%7D", acorn.to_uppercase()), vec!["acorn-fails", "acorn-writes"]),
        ("client+d".to_owned(), vec!["acorn-fails", "acorn-writes"]),
        ("CLIENT%20D".to_owned(), vec!["acorn-fails", "acorn-writes"]),
        (vera_id.to_string(), vec!["vera-fails", "vera-reads"]),
        ("vera@north.example".to_owned(), vec!["vera-fails", "vera-reads"]),
        ("VERA%40North.example".to_owned(), vec!["vera-fails", "vera-reads"]),
        ("vera".to_owned(), vec![]),
        (format!("{acorn}&Status=Failed"), vec!["acorn-fails"]),
    ] {
        assert_eq!(found(&csp, &format!("Actor={actor}")).await, expected, "{actor}");
    }
    let record = csp.get(&format!("{LOGS}?CorrelationId=vera-reads")).await.items().remove(0);
    assert_eq!(
        record["actor"],
        json!({"kind": "User", "id": vera_id.to_string(), "name": "vera@north.example"}),
        "shown by her name to those who may see the record"
    );
    let acorns = world.caller(OF_ACORN).await;
    assert_eq!(found(&acorns, "Actor=vera@north.example").await, [""; 0], "whom others have is not told");
}

#[tokio::test]
async fn records_are_those_of_a_month_unless_it_is_said_otherwise() {
    let world = World::new().await;
    let day = 24 * 60 * 60;
    let begin = world.caller(CSP).await;
    asks(&begin, "first", "GET", "/v1/users/groups", Value::Null).await;
    later(29 * day);
    let csp = world.caller(CSP).await;
    asks(&csp, "second", "GET", "/v1/users/groups", Value::Null).await;
    assert_eq!(found(&csp, "Operations=ListGroups").await, ["second", "first"]);
    later(day - 1);
    assert_eq!(
        found(&world.caller(CSP).await, "Operations=ListGroups").await,
        ["second", "first"],
        "a month, to the second"
    );
    later(1);
    let csp = world.caller(CSP).await;
    assert_eq!(found(&csp, "Operations=ListGroups").await, ["second"]);
    let at = |second: i64| jiff::Timestamp::from_second(START.as_second() + second).unwrap().to_string();
    let (first, second) = (1, 29 * day + 2);
    for (query, expected) in [
        (format!("StartDate={}", at(first)), vec!["second", "first"]),
        (format!("StartDate={}", at(first + 1)), vec!["second"]),
        (format!("EndDate={}", at(second)), vec!["second", "first"]),
        (format!("EndDate={}", at(second - 1)), vec!["first"]),
        (format!("StartDate={}&EndDate={}", at(first), at(first)), vec!["first"]),
        ("StartDate=2026-09-21T16:13:21%2B02:00&EndDate=2026-09-22".to_owned(), vec!["first"]),
        ("StartDate=2026-09-21T16:13:21+02:00&EndDate=2026-09-21T23:59:59".to_owned(), vec!["first"]),
        ("startdate=2026-09-21&ENDDATE=2026-09-22".to_owned(), vec!["first"]),
        ("StartDate=&EndDate=".to_owned(), vec!["second"]),
        ("StartDate=2026-09-21T16:13:21%2B02:00&EndDate=2026-09-21".to_owned(), vec![]),
        ("StartDate=2026-09-21&EndDate=9999-12-31T23:59:59.999-14:00".to_owned(), vec!["second", "first"]),
        ("StartDate=9999-12-31T23:59:59Z".to_owned(), vec![]),
    ] {
        assert_eq!(found(&csp, &format!("Operations=ListGroups&{query}")).await, expected, "{query}");
    }
    for wrong in [
        "yesterday",
        "2026-13-01",
        "9999-12-32",
        "99991-12-31",
        "2026-09-21T16:13:21[Europe/Berlin]",
        "1790000000",
        "%00",
    ] {
        let answer = csp.get(&format!("{LOGS}?StartDate={wrong}&EndDate={wrong}")).await;
        assert_eq!(answer.refusal(), "400 InvalidRequest: EndDate, StartDate", "{wrong}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_query_is_told_at_once() {
    let world = World::new().await;
    let query = format!(
        "?PageNumber=0&PageSize=2001&Status=Succeeded&resellerId=x&Reseller={0}&Customer={0}&Actor={0}&CorrelationId={0}\
         &StartDate=x&EndDate=x&Operation=x&Operations=a&operations=b",
        "a".repeat(256)
    );
    let mut told = world.caller(CSP).await.get(&format!("{LOGS}{query}")).await.faults();
    let mut expected = [
        "PageNumber",
        "PageSize",
        "Status",
        "resellerId",
        "Reseller",
        "Customer",
        "Actor",
        "CorrelationId",
        "StartDate",
        "EndDate",
        "Operation",
        "Operations",
    ];
    told.sort();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn records_that_were_packed_away_are_found_as_before() {
    let world = World::new().await;
    let csp = busy(&world).await;
    let queries = [
        "Operations=UpdateUser".to_owned(),
        "Operations=UpdateUser&Status=Failed".to_owned(),
        "CorrelationId=csp-direct".to_owned(),
        format!("Actor={ACORN_ADMINISTRATOR}"),
        "Actor=client+e".to_owned(),
        "Customer=custom&Operations=ListCustomerUsers".to_owned(),
        "Reseller=resell&Operations=UpdateUser".to_owned(),
        format!("resellerId={ACORN}&Operations=UpdateUser"),
        format!("StartDate={START}&EndDate=2026-09-21T14:13:25Z"),
    ];
    let callers = [csp, world.caller(OF_ACORN).await, world.caller(OF_SHARED).await];
    let mut before = Vec::new();
    for caller in &callers {
        for query in &queries {
            before.push(caller.get(&format!("{LOGS}?pageSize=2000&{query}")).await);
        }
    }
    // So many at once that what was before is packed.
    let one = callers[0].ask("GET", "/v1/users/groups").bytes();
    let last = callers[0].ask("GET", "/v1/users/groups").and("Connection", "close").bytes();
    let answers = exchange(world.address, &[one.repeat(1_100), last].concat()).await;
    assert_eq!(Answer::all(&answers, "GET").len(), 1_101);
    let mut before = before.into_iter();
    for caller in &callers {
        for query in &queries {
            let now = caller.get(&format!("{LOGS}?pageSize=2000&{query}")).await;
            assert_eq!(now.json(), before.next().unwrap().json(), "{query}");
        }
    }
    let all = callers[0].get(&format!("{LOGS}?Operations=ListGroups&pageSize=1")).await;
    assert_eq!(all.json()["totalCount"], 1_101);
}

#[tokio::test]
async fn who_was_purged_is_named_in_the_trail_still() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"email": "gone@x.example", "groups": [{"id": VIEWER.to_string()}]});
    let id = asks(&csp, "added", "POST", "/v1/users", body).await.id();
    asks(&csp, "deleted", "DELETE", &format!("/v1/users/{id}"), Value::Null).await;
    later(crate::world::RESTORABLE.as_secs() + 1);
    world.tick().await.unwrap();
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let told = csp.get(&format!("{LOGS}?StartDate={START}&pageSize=2000")).await.items();
    let of_user: Vec<&Value> = told.iter().filter(|record| record["targetId"] == id).collect();
    let operations: Vec<&Value> = of_user.iter().map(|record| &record["operation"]).collect();
    assert_eq!(operations, ["PurgeUser", "DeleteUser", "CreateUser"]);
    assert_eq!(of_user[0]["actor"], json!({"kind": "System", "id": null, "name": null}));
    assert_eq!(of_user[2]["changes"][0]["after"], "gone@x.example");
}
