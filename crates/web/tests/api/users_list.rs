//! Which users are there? `GET /v1` and `GET /v1/users`, with every parameter, and never more than the caller
//! may see.

use domain::group::{ADMINISTRATOR, ALERT_MANAGER, VIEWER};
use serde_json::json;

use crate::ask::Answer;
use crate::caller::Caller;
use crate::directory::*;
use crate::world::World;

/// The users of a page, each by what its e-mail begins with, and how many there are in all.
fn gist(answer: &Answer) -> String {
    let names: Vec<String> = answer
        .each("email")
        .iter()
        .map(|email| email.split('@').next().unwrap().trim_start_matches("user").to_owned())
        .collect();
    format!("{} of {}", names.join(" "), answer.json()["totalCount"])
}

async fn listed(caller: &Caller, query: &str) -> String {
    gist(&caller.get(&format!("/v1/users?pageSize=2000&{query}")).await)
}

#[tokio::test]
async fn the_envelope_has_exactly_the_members_of_the_contract_in_their_order() {
    let world = World::new().await;
    let acorn = world.caller(OF_ACORN).await;
    let alma = "{\"id\":\"00000000-0000-0000-0000-00000000e066\",\"firstName\":\"alma\",\"lastName\":null,\
        \"email\":\"alma@north.example\",\"role\":{\"name\":\"reseller\"},\"groups\":[\
        {\"id\":\"5f000000-0000-4000-8000-000000000001\",\"name\":\"Administrator\"},\
        {\"id\":\"5f000000-0000-4000-8000-000000000003\",\"name\":\"Alert Manager\"}]}";
    for path in ["/v1", "/V1/", "/v1/users", "/v1/Users/"] {
        let answer = acorn.get(&format!("{path}?PAGESIZE=1&pageNumber=1")).await;
        assert_eq!(
            answer.text(),
            format!(
                "{{\"items\":[{alma}],\"paginationParameters\":{{\"pageNumber\":1,\"pageSize\":1}},\
                 \"totalPages\":4,\"totalCount\":4,\"hasPreviousPage\":false,\"hasNextPage\":true,\
                 \"continuationToken\":null}}"
            )
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        assert_eq!(answer.header("vary"), Some("Authorization, X-Tenant"));
        let head = acorn.ask("HEAD", &format!("{path}?pageSize=1")).send().await;
        assert_eq!(head.header("content-length"), Some(answer.body.len().to_string().as_str()));
    }
}

#[tokio::test]
async fn everybody_is_listed_who_is_in_the_callers_scope_a_resellers_own_staff_included() {
    let world = World::new().await;
    let of = |reseller: &dyn ToString| format!("resellerId={}", reseller.to_string());
    for (client, query, expected) in [
        (CSP, String::new(), "5 alert alma 1 51 2 carl 3 4 50 elsewhere 6 twin Twin vera 7 of 16"),
        (CSP, of(&ACORN), "alma 1 4 Twin of 4"),
        (CSP, of(&BIRCH), "51 3 6 of 3"),
        (CSP, of(&LONELY), " of 0"),
        (CSP, "RESELLERID=".to_owned(), "5 alert alma 1 51 2 carl 3 4 50 elsewhere 6 twin Twin vera 7 of 16"),
        (OF_ACORN, String::new(), "alma 1 4 Twin of 4"),
        (OF_ACORN, of(&ACORN), "alma 1 4 Twin of 4"),
        (OF_BIRCH_CLIENT, String::new(), "51 3 6 of 3"),
        (OF_LONELY, String::new(), " of 0"),
        (OF_SHARED, String::new(), "5 1 2 3 4 6 7 of 7"),
        (OF_SHARED, of(&BIRCH), "3 6 of 2"),
        (OF_DIRECT, String::new(), "carl 50 of 2"),
    ] {
        assert_eq!(listed(&world.caller(client).await, &query).await, expected, "{client} {query}");
    }
    for (client, reseller, expected) in [
        (CSP, SOUTHERN, "404 ResellerNotFound"),
        (CSP, GONE_RESELLER, "404 ResellerNotFound"),
        (OF_ACORN, BIRCH, "403 ResellerScopeMismatch"),
        (OF_ACORN, SOUTHERN, "403 ResellerScopeMismatch"),
        (OF_SHARED, LONELY, "403 ResellerNotRelated"),
        (OF_SHARED, GONE_RESELLER, "403 ResellerNotRelated"),
        (OF_DIRECT, ACORN, "403 ResellerNotRelated"),
    ] {
        let answer = world.caller(client).await.get(&format!("/v1?resellerId={reseller}")).await;
        assert_eq!(answer.told(), expected, "{client} {reseller}");
    }
    let alert = world.person("alert@north.example");
    assert_eq!(alert.get("/v1/users").await.told(), "403 PermissionDenied");
}

#[tokio::test]
async fn users_are_sorted_by_name_or_by_e_mail_in_both_directions() {
    let world = World::new().await;
    let shared = world.caller(OF_SHARED).await;
    for (query, expected) in [
        ("", "5 1 2 3 4 6 7 of 7"),
        ("sortPropertyName=&ascendingOrder=", "5 1 2 3 4 6 7 of 7"),
        ("sortPropertyName=Name&ascendingOrder=true", "5 1 2 3 4 6 7 of 7"),
        ("SORTPROPERTYNAME=name&ascendingOrder=FALSE", "7 6 4 3 2 1 5 of 7"),
        ("sortPropertyName=Email", "1 2 3 4 5 6 7 of 7"),
        ("sortPropertyName=EMAIL&ascendingOrder=false", "7 6 5 4 3 2 1 of 7"),
        ("searchValue=shared&sortPropertyName=Email&ascendingOrder=false", "7 6 5 4 3 2 1 of 7"),
        ("searchValue=vries&ascendingOrder=false", "4 3 of 2"),
    ] {
        assert_eq!(listed(&shared, query).await, expected, "{query}");
    }
    let csp = world.caller(CSP).await;
    let twins = listed(&csp, "searchValue=twin&sortPropertyName=Email").await;
    assert_eq!(twins, "twin Twin of 2", "the case of an e-mail does not matter");
}

#[tokio::test]
async fn a_page_is_cut_out_of_the_whole_and_every_page_together_is_the_whole() {
    let world = World::with_crowd(60).await;
    let acorn = world.caller(OF_ACORN).await;
    for query in
        ["", "sortPropertyName=Email", "ascendingOrder=false", "searchValue=shared", "searchValue=%C3%A9"]
    {
        let all = acorn.get(&format!("/v1?pageSize=2000&{query}")).await;
        let (total, whole) = (all.json()["totalCount"].as_u64().unwrap(), all.each("id"));
        assert_eq!(whole.len() as u64, total, "{query}");
        let mut walked = Vec::new();
        for number in 1.. {
            let page = acorn.get(&format!("/v1/users?pageSize=7&pageNumber={number}&{query}")).await;
            let body = page.json();
            assert_eq!(body["paginationParameters"], json!({"pageNumber": number, "pageSize": 7}));
            assert_eq!(
                (&body["totalCount"], &body["totalPages"]),
                (&json!(total), &json!(total.div_ceil(7)))
            );
            assert_eq!(body["hasPreviousPage"], json!(number > 1));
            walked.extend(page.each("id"));
            if body["hasNextPage"] == json!(false) {
                break;
            }
        }
        assert_eq!(walked, whole, "{query}");
    }
    let usual = acorn.get("/v1").await;
    assert_eq!(usual.items().len(), 25);
    assert_eq!(usual.json()["paginationParameters"], json!({"pageNumber": 1, "pageSize": 25}));
    let beyond = acorn.get("/v1?pageNumber=2147483647&pageSize=2000").await;
    assert_eq!((beyond.items().len(), &beyond.json()["totalCount"]), (0, &json!(64)));
    assert_eq!(
        (&beyond.json()["hasPreviousPage"], &beyond.json()["hasNextPage"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn a_search_finds_the_beginnings_of_words_whatever_their_case_and_accents() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (first, last, email) in [
        ("Åse", "Øvergård", "ase@fjord.example"),
        ("Straße", "Łódź-Nowak", "n.nowak@lodz.example"),
        ("山田", "太郎", "yamada@tokyo.example"),
        ("Seán", "O'Neil", "sean.oneil@eire.example"),
        ("Percent%", "Under_score", "p_u%@x.example"),
    ] {
        let body = json!({"firstName": first, "lastName": last, "email": email});
        assert_eq!(csp.post("/v1/users", &body).await.status, 201);
    }
    for (search, expected) in [
        ("ase", "ase of 1"),
        ("%C3%85SE", "ase of 1"),
        ("a%CC%8Ase", "ase of 1"),
        ("OVERGARD", "ase of 1"),
        ("ase+over", "ase of 1"),
        ("over,%20ase!", "ase of 1"),
        ("ase+nowak", " of 0"),
        ("strasse", "n.nowak of 1"),
        ("lodz", "n.nowak of 1"),
        ("nowak", "n.nowak of 1"),
        ("owak", " of 0"),
        ("%E5%B1%B1", "yamada of 1"),
        ("%E5%A4%AA%E9%83%8E+yamada", "yamada of 1"),
        ("o'neil", "6 sean.oneil of 2"),
        ("ase%40fjord.example", "ase of 1"),
        ("fjord.exam", "ase of 1"),
        ("%25", " of 0"),
        ("_", " of 0"),
        ("percent%25", "p_u% of 1"),
        (
            "",
            "5 alert alma 1 ase 51 2 carl 3 4 50 elsewhere 6 p_u% sean.oneil n.nowak twin Twin vera yamada 7 of 21",
        ),
    ] {
        assert_eq!(listed(&csp, &format!("searchValue={search}")).await, expected, "{search}");
    }
}

#[tokio::test]
async fn groups_are_named_by_ids_or_names_and_one_of_them_is_enough() {
    let world = World::new().await;
    let csp = world.caller(CSP).await;
    for (groups, expected) in [
        ("Administrator".to_owned(), "alma 1 of 2"),
        ("aDMINISTRATOR".to_owned(), "alma 1 of 2"),
        (ADMINISTRATOR.to_string(), "alma 1 of 2"),
        (format!("%7B{}%7D", ADMINISTRATOR.to_string().to_uppercase()), "alma 1 of 2"),
        ("%C3%84rger%20%26%20S%C3%B6hne".to_owned(), "alert 1 of 2"),
        ("%C3%A4rger%20%26%20s%C3%B6hne".to_owned(), "alert 1 of 2"),
        (format!("{ALERT_MANAGER}|Viewer"), "alert alma carl elsewhere twin Twin vera of 7"),
        (format!("%20Alert+Manager%20%7C%7C%20{VIEWER}|"), "alert alma carl elsewhere twin Twin vera of 7"),
        ("Alert%20Manager|nobody".to_owned(), "alert alma of 2"),
        ("nobody".to_owned(), " of 0"),
        ("|".to_owned(), " of 0"),
        ("Alert%20Manager&searchValue=alma".to_owned(), "alma of 1"),
    ] {
        assert_eq!(listed(&csp, &format!("groups={groups}")).await, expected, "{groups}");
    }
    let acorn = world.caller(OF_ACORN).await;
    assert_eq!(listed(&acorn, "groups=Viewer%7CAlert+Manager").await, "alma Twin of 2", "of its own alone");
    let many = vec![VIEWER.to_string(); 101].join("|");
    assert_eq!(csp.get(&format!("/v1?groups={}", &many[..3_699])).await.status, 200);
    assert_eq!(csp.get(&format!("/v1?groups={many}")).await.faults(), ["groups"]);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_query_is_told_at_once() {
    let world = World::new().await;
    let csp = world.caller(CSP).await;
    let long = "%C3%A5".repeat(256);
    for (query, faults) in [
        ("pageNumber=0", vec!["pageNumber"]),
        ("pageNumber=", vec!["pageNumber"]),
        ("pageNumber=2147483648", vec!["pageNumber"]),
        ("pageNumber=-1", vec!["pageNumber"]),
        ("pageNumber=1.0", vec!["pageNumber"]),
        ("pageSize=0", vec!["pageSize"]),
        ("pageSize=2001", vec!["pageSize"]),
        ("pageSize=", vec!["pageSize"]),
        ("pageSize=ten", vec!["pageSize"]),
        (&format!("searchValue={long}"), vec!["searchValue"]),
        ("searchValue=%ff", vec!["searchValue"]),
        ("searchValue=a&SearchValue=b", vec!["searchValue"]),
        ("sortPropertyName=LastName", vec!["sortPropertyName"]),
        ("ascendingOrder=1", vec!["ascendingOrder"]),
        ("ascendingOrder=descending", vec!["ascendingOrder"]),
        ("resellerId=acorn", vec!["resellerId"]),
        ("filter=x", vec!["filter"]),
        ("search=x", vec!["search"]),
        ("continuationToken=x", vec!["continuationToken"]),
        (
            "page=1&pageNumber=0&pageSize=x&sortPropertyName=x&ascendingOrder=x&resellerId=x",
            vec!["page", "pageNumber", "pageSize", "resellerId", "sortPropertyName", "ascendingOrder"],
        ),
    ] {
        let mut told = csp.get(&format!("/v1?{query}")).await.faults();
        let mut expected = faults;
        told.sort();
        expected.sort_unstable();
        assert_eq!(told, expected, "{query}");
    }
    assert_eq!(csp.get(&format!("/v1?searchValue={}", "a".repeat(255))).await.status, 200);
}
