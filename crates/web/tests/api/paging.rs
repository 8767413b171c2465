//! Does a walk by pages show what the whole list shows, and is its token good for nothing else?

use domain::text::Name;

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::world::{World, later, shared_users};

/// Where the next page is.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    let (target, rest) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!(rest, "; rel=\"next\"");
    Some(target.to_owned())
}

/// The token in the link to the next page.
fn token(answer: &Answer) -> String {
    next(answer).unwrap().split_once("continuationToken=").unwrap().1.to_owned()
}

/// All pages one after another, joined.
async fn walk(ask: &Ask, page_size: usize) -> Vec<String> {
    let mut answer = ask.clone().query(&format!("?pageSize={page_size}")).send().await;
    let mut seen = answer.emails();
    while let Some(target) = next(&answer) {
        assert_eq!(answer.emails().len(), page_size, "a page with a next one is full");
        answer = ask.clone().target(&target).send().await;
        seen.extend(answer.emails());
    }
    seen
}

#[tokio::test]
async fn a_walk_shows_the_whole_list_in_its_order() {
    let world = World::with_crowd(60).await;
    for client in [CSP, OF_ACORN] {
        let list = world.list_as(client, CROWD).await;
        let whole = list.send().await;
        assert_eq!(whole.emails().len(), 60);
        for page_size in [1, 7, 59, 60, 61, 2_000] {
            assert_eq!(walk(&list, page_size).await, whole.emails(), "{page_size}");
        }
    }
}

#[tokio::test]
async fn the_link_keeps_what_was_asked_and_every_page_tells_the_total() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let first = list.clone().query(&format!("?pagesize=1&RESELLERID=({ACORN})")).send().await;
    let target = next(&first).unwrap();
    let expected = format!("{}?resellerId={ACORN}&pageSize=1&continuationToken=", shared_users());
    assert!(target.starts_with(&expected), "{target}");
    let second = list.clone().target(&target).send().await;
    assert_eq!((first.header("x-total-count"), second.header("x-total-count")), (Some("2"), Some("2")));
    assert_eq!((second.emails(), next(&second)), (vec!["user4@shared.example".to_owned()], None));
    let empty = world.list(EMPTY).await.query("?pageSize=1").send().await;
    assert_eq!((empty.text(), next(&empty)), ("[]", None));
}

#[tokio::test]
async fn a_walk_meets_everybody_who_was_there_throughout_exactly_once() {
    let world = World::with_crowd(40).await;
    let list = world.list(CROWD).await;
    let there = list.send().await.emails();
    let whole = list.send().await.json();
    let mut answer = list.clone().query("?pageSize=3").send().await;
    let mut seen = answer.emails();
    let mut round = 0;
    let mut deleted = Vec::new();
    while let Some(target) = next(&answer) {
        // Somebody new in front and behind, and the next one in line leaves.
        world.add(user(0x5000 + round, CROWD, Some(ACORN), ["", "AAA"])).await;
        world.add(user(0x6000 + round, CROWD, Some(ACORN), ["zzz", ""])).await;
        let last =
            there.iter().position(|email| Some(email) == seen.iter().rfind(|email| there.contains(email)));
        if let Some(leaving) = last.and_then(|last| there.get(last + 1)).filter(|_| round < 5) {
            let place = there.iter().position(|email| email == leaving).unwrap();
            let number =
                u128::from_str_radix(&whole[place]["id"].as_str().unwrap()[24..], 16).unwrap() - 0xe000;
            let names = ["firstName", "lastName"].map(|name| whole[place][name].as_str().unwrap().to_owned());
            world.delete(&user(number, CROWD, Some(ACORN), [&names[0], &names[1]])).await;
            deleted.push(leaving.clone());
        }
        round += 1;
        answer = list.clone().target(&target).send().await;
        seen.extend(answer.emails());
        assert!(round < 100);
    }
    assert_eq!(deleted.len(), 5);
    let old: Vec<&String> = seen.iter().filter(|email| there.contains(email)).collect();
    let expected: Vec<&String> = there.iter().filter(|email| !deleted.contains(email)).collect();
    assert_eq!(old, expected);
}

#[tokio::test]
async fn a_walk_goes_on_behind_somebody_who_was_renamed_or_deleted() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let first = list.clone().query("?pageSize=2").send().await;
    assert_eq!(first.emails().last().unwrap(), "user1@shared.example");
    let mut after = users_of_shared().remove(1);
    after.first_name = Name::parse("Zacharias").unwrap();
    world.change(after.clone()).await;
    let second = list.clone().target(&next(&first).unwrap()).send().await;
    assert_eq!(second.emails(), ["user2@shared.example", "user3@shared.example"]);
    world.delete(&after).await;
    let again = list.clone().target(&next(&first).unwrap()).send().await;
    assert_eq!(again.emails(), second.emails());
}

#[tokio::test]
async fn a_token_that_is_altered_in_any_place_is_refused() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let target = next(&list.clone().query("?pageSize=2").send().await).unwrap();
    let (before, token) = target.split_once("continuationToken=").unwrap();
    let mut altered: Vec<String> = (0..token.len())
        .map(|place| {
            let other = if token.as_bytes()[place] == b'A' { 'B' } else { 'A' };
            format!("{}{other}{}", &token[..place], &token[place + 1..])
        })
        .collect();
    altered.extend([
        String::new(),
        "x".to_owned(),
        format!("{token}A"),
        format!("{token}%3D"),
        token[..token.len() - 1].to_owned(),
        format!("%20{token}"),
        token.repeat(2),
    ]);
    for token in altered {
        let answer = list.clone().target(&format!("{before}continuationToken={token}")).send().await;
        assert_eq!((answer.status, answer.faults()), (400, vec!["continuationToken".to_owned()]), "{token}");
    }
    assert_eq!(list.target(&target).status().await, 200);
}

#[tokio::test]
async fn a_token_of_another_scope_is_refused() {
    let world = World::with_crowd(5).await;
    let list = world.list(SHARED).await;
    let of_csp = token(&list.clone().query("?pageSize=1").send().await);
    let in_context = format!("resellerId={ACORN}&");
    let of_context = token(&list.clone().query(&format!("?{in_context}pageSize=1")).send().await);
    let of_acorn = token(&world.list_as(OF_ACORN, SHARED).await.query("?pageSize=1").send().await);
    let others = [
        (world.list(CROWD).await, "", &of_csp),
        (world.list(SHARED).await, in_context.as_str(), &of_csp),
        (world.list(SHARED).await, "", &of_context),
        (world.list(SHARED).await, in_context.as_str(), &of_acorn),
        (world.list_as(OF_ACORN, SHARED).await, "", &of_context),
        (world.list_as(OF_SHARED, SHARED).await, "", &of_csp),
        (world.list_as(SOUTH_CSP, FOREIGN).await.tenant(SOUTH_DOMAIN), "", &of_csp),
    ];
    for (ask, query, token) in others {
        let answer = ask.query(&format!("?{query}pageSize=1&continuationToken={token}")).send().await;
        assert_eq!((answer.status, answer.faults()), (400, vec!["continuationToken".to_owned()]));
    }
    // Another caller of the same scope goes on where the first was.
    let same = world.list_as(CSP_ADMINISTRATOR, SHARED).await;
    assert_eq!(same.query(&format!("?pageSize=1&continuationToken={of_csp}")).status().await, 200);
    let other_server = World::of_others().await;
    let elsewhere = other_server.list(SHARED).await.query(&format!("?pageSize=1&continuationToken={of_csp}"));
    assert_eq!(elsewhere.send().await.faults(), ["continuationToken"]);
}

#[tokio::test]
async fn a_token_is_valid_for_15_minutes() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let target = next(&list.clone().query("?pageSize=2").send().await).unwrap();
    later(15 * 60 - 1);
    assert_eq!(list.clone().target(&target).status().await, 200);
    later(1);
    let answer = list.target(&target).send().await;
    assert_eq!((answer.status, answer.faults()), (400, vec!["continuationToken".to_owned()]));
}

#[tokio::test]
async fn a_token_carries_its_page_size_and_another_may_be_chosen() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let token = token(&list.clone().query("?pageSize=2").send().await);
    let same = list.clone().query(&format!("?continuationToken={token}")).send().await;
    assert_eq!(same.emails().len(), 2);
    let rest = list.clone().target(&next(&same).unwrap()).send().await;
    assert_eq!(rest.emails().len(), 2, "so on to the end of the walk");
    let other = list.clone().query(&format!("?pageSize=5&continuationToken={token}")).send().await;
    assert_eq!((other.emails().len(), next(&other)), (5, None));
    let bad = list.query("?continuationToken=x").send().await;
    assert_eq!((bad.status, bad.faults()), (400, vec!["continuationToken".to_owned()]));
}

#[tokio::test]
async fn a_token_is_no_way_around_a_loss_of_the_right() {
    let world = World::new().await;
    let target = next(&world.list_as(OF_ACORN, SHARED).await.query("?pageSize=1").send().await).unwrap();
    let ask = world.list_as(OF_LONELY, SHARED).await.target(&target);
    assert_eq!(ask.send().await.told(), "404 CustomerNotFound", "what it may not see comes before the token");
    let without = world.list_as(OF_ACORN, SHARED).await.target(&target).without("Authorization");
    assert_eq!(without.send().await.told(), "401 MissingToken");
}
