//! Do users get in and out as files: all or nothing, row by row where something is wrong, and safe to open?

use serde_json::json;

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::world::World;

async fn import(world: &World, media_type: &str, file: impl Into<Vec<u8>>) -> Ask {
    import_as(world, CSP_ADMINISTRATOR, media_type, file).await
}

async fn import_as(
    world: &World,
    client: domain::id::ClientId,
    media_type: &str,
    file: impl Into<Vec<u8>>,
) -> Ask {
    let ask = world.list_as(client, EMPTY).await.method("POST");
    ask.target(&format!("/v1/customer/{EMPTY}/users/import")).and("Content-Type", media_type).body(file)
}

async fn export(world: &World, client: domain::id::ClientId, query: &str) -> Answer {
    let ask = world.list_as(client, SHARED).await;
    ask.target(&format!("/v1/customer/{SHARED}/users/export{query}")).send().await
}

#[tokio::test]
async fn csv_in_any_order_of_columns_becomes_users() {
    let world = World::new().await;
    let file = "\u{feff}EMAIL,groups,lastName,firstName,id\r\n\
        Åsa@North.example,Viewer|ärger & söhne,\"O'Neil, \"\"the\"\" one\",Åsa,\r\n\
        \r\n\
        bo@north.example,5f000000-0000-4000-8000-000000000001,,  ,{0B000000-0000-4000-8000-000000000001}\r\n";
    let answer = import(&world, "text/csv; charset=utf-8", file).await.send().await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"dryRun": false, "rows": 2, "created": 2, "revived": 0, "faultyRows": 0, "faults": []}))
    );
    let listed = world.list(EMPTY).await.send().await.json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (&listed[0]["firstName"], &listed[0]["lastName"], &listed[0]["email"]),
        (&json!("Åsa"), &json!("O'Neil, \"the\" one"), &json!("Åsa@North.example"))
    );
    let groups = |user: &serde_json::Value| user["groups"].as_array().unwrap().len();
    assert_eq!((groups(&listed[0]), groups(&listed[1])), (2, 1));
    assert_eq!(listed[1]["id"], "0b000000-0000-4000-8000-000000000001");
    assert_eq!(listed[1]["firstName"], json!(null), "a blank name is none");
}

#[tokio::test]
async fn semicolons_are_understood_where_the_header_has_them() {
    let world = World::new().await;
    let answer =
        import(&world, "text/csv", "email;lastName\r\na@north.example;Lund, Åsa\r\n").await.send().await;
    assert_eq!(answer.json()["created"], 1);
    assert_eq!(world.list(EMPTY).await.send().await.json()[0]["lastName"], "Lund, Åsa");
}

#[tokio::test]
async fn ndjson_holds_the_bodies_of_single_users_and_revives_as_they_do() {
    let world = World::new().await;
    let file = "{\"email\":\"a@north.example\",\"groups\":[{\"id\":\"5f000000-0000-4000-8000-000000000002\"}]}\n\
        {\"firstName\":\"Bo\",\"email\":\"b@north.example\",\"role\":{\"name\":\"customer\"}}\n";
    let ask = import(&world, "application/x-ndjson", file).await;
    assert_eq!(ask.send().await.json()["created"], 2);
    let id = world.list(EMPTY).await.send().await.json()[0]["id"].as_str().unwrap().to_owned();
    let delete = world.list_as(CSP_ADMINISTRATOR, EMPTY).await.method("DELETE");
    assert_eq!(delete.target(&format!("/v1/users/{id}")).status().await, 204);
    let again =
        "{\"email\":\"A@north.example\"}\n{\"email\":\"B@north.example\"}\n{\"email\":\"c@north.example\"}";
    let report =
        import(&world, "application/x-ndjson", again).await.query("?dryRun=true").send().await.json();
    assert_eq!(
        (&report["created"], &report["revived"], &report["faultyRows"]),
        (&json!(1), &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_file_with_faults_leaves_nothing_and_tells_each_by_row_and_property() {
    let world = World::new().await;
    let long = "x".repeat(256);
    let file = format!(
        "id,firstName,email,groups\n\
         ,Åsa,a@north.example,\n\
         x,{long},not an e-mail,Nobody\n\
         ,Bo,A@NORTH.example,\n\
         ,Bo\n\
         00000000-0000-0000-0000-00000000e001,Bo,b@north.example,0a000000-0000-4000-8000-000000000009\n"
    );
    let ask = import(&world, "text/csv", file).await;
    let answer = ask.send().await;
    assert_eq!(answer.told(), "400 InvalidRequest");
    assert_eq!(
        answer.faults(),
        [
            "rows",
            "rows[3].id",
            "rows[3].firstName",
            "rows[3].email",
            "rows[3].groups",
            "rows[4].email",
            "rows[5]",
            "rows[6].groups[0].id",
            "rows[6].id",
        ]
    );
    assert!(answer.text().contains("4 rows are at fault, and nothing was imported"), "{}", answer.text());
    assert!(answer.text().contains("e-mail of row 2 already"), "{}", answer.text());
    let dry = ask.query("?dryRun=TRUE").send().await;
    assert_eq!(dry.status, 200);
    let report = dry.json();
    assert_eq!(
        (&report["rows"], &report["faultyRows"], &report["dryRun"]),
        (&json!(5), &json!(4), &json!(true))
    );
    assert_eq!(report["faults"].as_array().unwrap().len(), 8);
    assert_eq!(report["faults"][0]["row"], 3);
    assert_eq!(world.list(EMPTY).await.send().await.text(), "[]");
}

#[tokio::test]
async fn what_is_no_such_file_is_refused() {
    let world = World::new().await;
    for (media_type, file, faults) in [
        ("text/csv", "", vec!["rows", "rows[1]"]),
        (
            "text/csv",
            "firstName,surname,firstName\nA,B,C\n",
            vec!["rows", "rows[1].surname", "rows[1].firstName", "rows[1].email"],
        ),
        ("text/csv", "email\n\"a@north.example\n", vec!["rows", "rows[2].email"]),
        ("application/x-ndjson", "[]\n{", vec!["rows", "rows[1]", "rows[2]"]),
        (
            "application/x-ndjson",
            "{\"email\":\"a@north.example\",\"owner\":1}",
            vec!["rows", "rows[1].owner"],
        ),
    ] {
        let answer = import(&world, media_type, file).await.send().await;
        assert_eq!(answer.told(), "400 InvalidRequest", "{file}");
        assert_eq!(answer.faults(), faults, "{file}");
    }
    let endless = format!("email\n\"{}", "x\n".repeat(300_000));
    assert_eq!(import(&world, "text/csv", endless).await.send().await.faults(), ["rows"]);
    for wrong in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        assert_eq!(import(&world, wrong, "email\n").await.send().await.told(), "415 UnsupportedMediaType");
    }
    let many = import(&world, "text/csv", "email\n").await.query("?dryRun=yes&dryrun=1&x=1");
    assert_eq!(many.send().await.faults(), ["dryRun", "x"]);
    let large = import(&world, "text/csv", "").await.with("Content-Length", "268435457");
    assert_eq!(large.send().await.told(), "413 PayloadTooLarge");
}

#[tokio::test]
async fn an_import_takes_the_right_to_write_and_stays_in_its_context() {
    let world = World::new().await;
    let file = "email\na@north.example\n";
    let ask = import_as(&world, OF_ACORN, "text/csv", file).await;
    assert_eq!(ask.send().await.told(), "403 PermissionDenied", "a Viewer");
    let ask = import(&world, "text/csv", file).await;
    assert_eq!(
        ask.clone().query(&format!("?resellerId={BIRCH}")).send().await.told(),
        "403 ResellerNotRelated"
    );
    let gone = ask.clone().target(&format!("/v1/customer/{GONE}/users/import"));
    assert_eq!(gone.send().await.told(), "404 CustomerNotFound");
    let foreign = ask.clone().target(&format!("/v1/customer/{FOREIGN}/users/import"));
    assert_eq!(foreign.send().await.told(), "404 CustomerNotFound");
    assert_eq!(ask.clone().query(&format!("?resellerId={ACORN}")).status().await, 200);
    assert_eq!(world.list_as(OF_ACORN, EMPTY).await.send().await.emails(), ["a@north.example"]);
    assert_eq!(ask.status().await, 200, "in another context, so the e-mail is free");
    assert_eq!(world.list_as(OF_ACORN, EMPTY).await.send().await.emails(), ["a@north.example"]);
    assert_eq!(world.list(EMPTY).await.send().await.emails().len(), 2);
}

#[tokio::test]
async fn an_import_leaves_one_record_and_is_done_once_under_one_key() {
    let world = World::new().await;
    let ask = import(&world, "text/csv", "email\na@north.example\nb@north.example\n").await;
    let dry = ask.clone().query("?dryRun=true").and("Idempotency-Key", "k");
    assert_eq!(dry.status().await, 200);
    let ask = ask.and("Idempotency-Key", "k");
    let (first, second) = (ask.send().await, ask.send().await);
    assert_eq!((first.status, first.text()), (200, second.text()));
    let other = ask.body("email\nc@north.example\n").send().await;
    assert_eq!(other.told(), "400 IdempotencyKeyReused");
    let told: Vec<_> = world
        .records()
        .await
        .iter()
        .map(|record| {
            (record["operation"].clone(), record["status"]["name"].clone(), record["description"].clone())
        })
        .collect();
    let one = |status: &str, description: &str| (json!("ImportUsers"), json!(status), json!(description));
    assert_eq!(
        told,
        [
            one("Succeded", "Judged a file of 2 users: 0 rows are at fault. Nothing was added."),
            one("Succeded", "Imported 2 users: 2 new, 0 back."),
            one("Succeded", store::REPEATED),
            one("Failed", "Refused: the idempotency key was used for another request; choose a new one."),
        ]
    );
    assert_eq!(world.list(EMPTY).await.send().await.emails().len(), 2);
}

#[tokio::test]
async fn an_export_is_the_listing_as_a_table() {
    let world = World::new().await;
    let answer = export(&world, CSP, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"users.csv\""));
    assert_eq!(answer.header("x-total-count"), Some("7"));
    insta::assert_snapshot!(answer.text().replace("\r\n", "↵\n").replace('\u{2028}', "\\u2028"), @r#"
    id,firstName,lastName,email,groups↵
    00000000-0000-0000-0000-00000000e005,"""Dot"" \",😀\u2028,user5@shared.example,↵
    00000000-0000-0000-0000-00000000e001,Åsa,Lund,user1@shared.example,Administrator|Ärger & Söhne↵
    00000000-0000-0000-0000-00000000e002,Bo,,user2@shared.example,↵
    00000000-0000-0000-0000-00000000e003,de,Vries,user3@shared.example,↵
    00000000-0000-0000-0000-00000000e004,De,Vries,user4@shared.example,↵
    00000000-0000-0000-0000-00000000e006,O'Neil,,user6@shared.example,↵
    00000000-0000-0000-0000-00000000e007,,,user7@shared.example,↵
    "#);
    let of_acorn = export(&world, OF_ACORN, "").await;
    assert_eq!((of_acorn.header("x-total-count"), of_acorn.text().lines().count()), (Some("2"), 3));
    let context = export(&world, CSP, &format!("?resellerId={BIRCH}")).await;
    assert_eq!(context.text().lines().count(), 3);
    assert_eq!(export(&world, OF_LONELY, "").await.told(), "404 CustomerNotFound");
    assert_eq!(export(&world, CSP, "?pageSize=1").await.told(), "400 InvalidRequest");
    let head = world.list(SHARED).await.method("HEAD").query("/export").send().await;
    assert_eq!((head.status, head.header("x-total-count"), head.body.len()), (200, Some("7"), 0));
    let packed = world.list(SHARED).await.query("/export").and("Accept-Encoding", "gzip").send().await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let records = world.records().await;
    assert_eq!(records[0]["operation"], "ExportUsers");
    assert_eq!(records[0]["description"], "Exported 7 users.");
}

#[tokio::test]
async fn what_looks_like_a_formula_is_guarded_on_the_way_out_and_comes_back_as_it_was() {
    let world = World::new().await;
    let names = ["=HYPERLINK(\"http://x\")", "+49", "-Anna", "@home", "'=1", "'t Hooft", "a\u{a0}b"];
    let lines: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            json!({"firstName": name, "email": format!("=u{number}@north.example")}).to_string()
        })
        .collect();
    let ask = import(&world, "application/x-ndjson", lines.join("\n")).await;
    assert_eq!(ask.send().await.json()["created"], names.len());
    let listed = world.list(EMPTY).await.send().await.json();
    let exported = world.list(EMPTY).await.query("/export").send().await;
    for line in exported.text().lines().skip(1) {
        let cells = line.split(',').skip(1).filter(|cell| !cell.is_empty());
        for cell in cells.map(|cell| cell.trim_start_matches('"')) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{line}");
        }
    }
    let without_ids: String =
        exported.text().lines().map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect();
    let there = ask.target(&format!("/v1/customer/{DIRECT}/users/import")).with("Content-Type", "text/csv");
    let before = world.list(DIRECT).await.send().await.emails();
    assert_eq!(there.body(without_ids).send().await.json()["created"], names.len());
    let copied = world.list(DIRECT).await.send().await.json();
    let told = |users: &serde_json::Value| -> Vec<_> {
        let mut told: Vec<_> = users
            .as_array()
            .unwrap()
            .iter()
            .filter(|user| !before.contains(&user["email"].as_str().unwrap().to_owned()))
            .map(|user| (user["firstName"].to_string(), user["email"].to_string()))
            .collect();
        told.sort();
        told
    };
    assert_eq!(told(&copied), told(&listed));
}
