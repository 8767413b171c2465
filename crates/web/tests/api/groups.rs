//! What are groups called, and who is in them? The distributor's Administrators make them; their members show
//! every change at once.

use domain::group::{ADMINISTRATOR, ALERT_MANAGER, BUILT_IN, VIEWER};
use serde_json::json;

use crate::directory::*;
use crate::world::{World, shared_users, user_at};

const GROUPS: &str = "/v1/users/groups";

fn group_at(id: impl ToString) -> String {
    format!("{GROUPS}/{}", id.to_string())
}

#[tokio::test]
async fn groups_are_listed_by_name_to_everybody_who_may_read() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for name in ["zebra", "Árbol", "alert managers", "Ärger & Söhne 2"] {
        assert_eq!(csp.post(GROUPS, &json!({ "name": name })).await.status, 201);
    }
    for client in [CSP, OF_ACORN, OF_SHARED] {
        let reader = world.caller(client).await;
        let answer = reader.get("/V1/Users/Groups/").await;
        assert_eq!(
            answer.each("name"),
            [
                "Administrator",
                "Alert Manager",
                "alert managers",
                "Árbol",
                "Ärger & Söhne",
                "Ärger & Söhne 2",
                "Viewer",
                "zebra"
            ]
        );
        assert!(answer.text().starts_with(&format!(
            "{{\"items\":[{{\"id\":\"{ADMINISTRATOR}\",\"name\":\"Administrator\"}},\
             {{\"id\":\"{ALERT_MANAGER}\",\"name\":\"Alert Manager\"}},"
        )));
        assert_eq!(answer.json()["totalCount"], 8);
    }
    let page = csp.get(&format!("{GROUPS}?pageNumber=2&pageSize=3")).await;
    assert_eq!(page.each("name"), ["Árbol", "Ärger & Söhne", "Ärger & Söhne 2"]);
    assert_eq!((&page.json()["totalPages"], &page.json()["hasNextPage"]), (&json!(3), &json!(true)));
    let faulty = csp.get(&format!("{GROUPS}?pageNumber=0&pageSize=2001&searchValue=x")).await;
    assert_eq!(faulty.faults(), ["searchValue", "pageNumber", "pageSize"]);
    let southern = world.southern(SOUTH_CSP).await;
    assert_eq!(southern.get(GROUPS).await.each("name"), ["Administrator", "Alert Manager", "Viewer"]);
    assert_eq!(world.person("alert@north.example").get(GROUPS).await.told(), "403 PermissionDenied");
}

#[tokio::test]
async fn a_new_group_is_answered_by_its_id_and_can_be_joined_at_once() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let answer = csp.post(GROUPS, &json!({"name": "  Ve\u{301}rtriéb 'Süd' "})).await;
    let id = answer.id();
    assert_eq!((answer.status, answer.text()), (201, format!("\"{id}\"").as_str()));
    assert_eq!(answer.header("location"), Some(group_at(&id).as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!answer.tag().is_empty());
    assert_eq!(csp.patch(&user_at(2), &json!({"groups": [{"id": id}]})).await.status, 204);
    let listed = world.list(SHARED).await.send().await;
    assert!(listed.text().contains(&format!("[{{\"id\":\"{id}\",\"name\":\"  Vértriéb 'Süd' \"}}]")));
    let given = csp.post(GROUPS, &json!({"id": "{0A000000-0000-4000-8000-00000000000A}", "name": "Z"})).await;
    assert_eq!(given.id(), "0a000000-0000-4000-8000-00000000000a");
}

#[tokio::test]
async fn a_group_has_a_name_and_an_id_of_its_own() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (body, faults) in [
        (json!({}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": " \u{a0}"}), "name"),
        (json!({"name": "ä".repeat(256)}), "name"),
        (json!({"name": "a\u{7}"}), "name"),
        (json!({"name": "administrator"}), "name"),
        (json!({"name": "ÄRGER & SÖHNE"}), "name"),
        (json!({"name": "New", "id": CUSTOM_GROUP.to_string()}), "id"),
        (json!({"name": "New", "id": VIEWER.to_string()}), "id"),
        (json!({"name": "New", "id": "00000000-0000-0000-0000-000000000000"}), "id"),
        (json!({"name": 1, "id": 1, "members": []}), "id, name, members"),
    ] {
        let answer = csp.post(GROUPS, &body).await;
        assert_eq!(answer.refusal(), format!("400 InvalidRequest: {faults}"), "{body}");
    }
    assert_eq!(csp.get(GROUPS).await.items().len(), 4, "nothing was added");
    assert_eq!(csp.post(GROUPS, &json!({"name": "ä".repeat(255)})).await.status, 201);
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    let same = json!({"name": "Ärger & Söhne", "id": CUSTOM_GROUP.to_string()});
    assert_eq!(southern.post(GROUPS, &same).await.status, 201, "another tenant has groups of its own");
}

#[tokio::test]
async fn a_renamed_group_is_shown_so_at_once_wherever_its_members_are() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let readers = [world.caller(OF_ACORN).await, world.caller(OF_SHARED).await, world.caller(CSP).await];
    let lists = [shared_users(), "/v1/users?pageSize=2000".to_owned(), user_at(1), GROUPS.to_owned()];
    for reader in &readers {
        for list in &lists {
            assert!(reader.get(list).await.text().contains("Ärger & Söhne"), "{list}");
        }
    }
    let tag = csp.get(&user_at(1)).await.tag();
    let renamed = csp.patch(&group_at(CUSTOM_GROUP), &json!({"name": "Aa \"first\""})).await;
    assert_eq!((renamed.status, renamed.body.len()), (204, 0));
    for reader in &readers {
        for list in &lists {
            let answer = reader.get(list).await;
            assert!(!answer.text().contains("Ärger"), "{list}");
            assert!(answer.text().contains("Aa \\\"first\\\""), "{list}");
        }
    }
    let user = csp.get(&user_at(1)).await;
    assert_ne!(user.tag(), tag, "the user looks different now");
    let names: Vec<_> =
        user.json()["groups"].as_array().unwrap().iter().map(|group| group["name"].clone()).collect();
    assert_eq!(names, ["Aa \"first\"", "Administrator"], "and is sorted by the new name");
    assert_eq!(csp.get("/v1?groups=aa+%22first%22").await.items().len(), 2);
    assert_eq!(csp.get("/v1?groups=%C3%84rger+%26+S%C3%B6hne").await.items().len(), 0);

    let same = json!({"name": "AA \"FIRST\"", "id": CUSTOM_GROUP.to_string()});
    assert_eq!(csp.patch(&group_at(CUSTOM_GROUP), &same).await.status, 204, "its own name in another case");
    let taken = csp.patch(&group_at(CUSTOM_GROUP), &json!({"name": "viewer"})).await;
    assert_eq!(taken.refusal(), "400 InvalidRequest: name");
    let moved = csp.patch(&group_at(CUSTOM_GROUP), &json!({"name": "x", "id": VIEWER.to_string()})).await;
    assert_eq!(moved.faults(), ["id"]);
}

#[tokio::test]
async fn a_deleted_group_has_no_members_at_once() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let readers = [world.caller(OF_ACORN).await, world.caller(OF_SHARED).await, world.caller(CSP).await];
    let by_group = format!("/v1?groups={CUSTOM_GROUP}");
    for reader in &readers {
        assert!(reader.get(&shared_users()).await.text().contains(&CUSTOM_GROUP.to_string()));
        assert!(!reader.get(&by_group).await.items().is_empty());
    }
    let deleted = csp.delete(&group_at(CUSTOM_GROUP)).await;
    assert_eq!((deleted.status, deleted.body.len(), deleted.header("etag")), (204, 0, None));
    for reader in &readers {
        let listed = reader.get(&shared_users()).await;
        assert!(!listed.text().contains(&CUSTOM_GROUP.to_string()));
        assert!(listed.text().contains(&ADMINISTRATOR.to_string()), "she is in the other still");
        assert!(reader.get(&by_group).await.items().is_empty());
        assert_eq!(reader.get(GROUPS).await.each("name"), ["Administrator", "Alert Manager", "Viewer"]);
    }
    assert_eq!(csp.delete(&group_at(CUSTOM_GROUP)).await.told(), "404 GroupNotFound");
    let user = csp
        .post("/v1/users", &json!({"email": "a@x.example", "groups": [{"id": CUSTOM_GROUP.to_string()}]}))
        .await;
    assert_eq!(user.faults(), ["groups[0].id"]);
    assert_eq!(
        csp.post(GROUPS, &json!({"name": "Ärger & Söhne"})).await.status,
        201,
        "the name is free again"
    );
}

#[tokio::test]
async fn the_built_in_groups_stay_as_they_are() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (id, name) in BUILT_IN {
        for answer in [
            csp.patch(&group_at(id), &json!({"name": "Another"})).await,
            csp.patch(&group_at(id), &json!({ "name": name })).await,
            csp.delete(&group_at(id)).await,
        ] {
            assert_eq!(answer.refusal(), "400 InvalidRequest: id");
            assert!(answer.fault().1.contains("built in"));
        }
    }
}

#[tokio::test]
async fn groups_are_made_by_administrators_of_the_distributor_alone() {
    let world = World::new().await;
    let name = json!({"name": "Mine"});
    for client in [CSP, OF_ACORN, ACORN_ADMINISTRATOR, OF_SHARED, SHARED_ADMINISTRATOR] {
        let caller = world.caller(client).await;
        for answer in [
            caller.post(GROUPS, &name).await,
            caller.patch(&group_at(CUSTOM_GROUP), &name).await,
            caller.patch(&group_at(NO_CUSTOMER), &name).await,
            caller.delete(&group_at(CUSTOM_GROUP)).await,
            caller.delete(&group_at(VIEWER)).await,
        ] {
            assert_eq!(answer.told(), "403 PermissionDenied", "{client}");
        }
    }
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut bodies = Vec::new();
    for answer in [
        southern.patch(&group_at(CUSTOM_GROUP), &name).await,
        southern.delete(&group_at(CUSTOM_GROUP)).await,
        csp.patch(&group_at(NO_CUSTOMER), &name).await,
        csp.delete(&group_at(NO_CUSTOMER)).await,
    ] {
        assert_eq!(answer.told(), "404 GroupNotFound");
        bodies.push(answer.text_without_correlation());
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    for (method, path) in [("PATCH", group_at("nonsense")), ("DELETE", group_at("nonsense"))] {
        assert_eq!(csp.ask(method, &path).json(&name).send().await.faults(), ["id"]);
    }
}
