//! Who is found, by words and groups, in which order and on which page?

use std::collections::BTreeSet;

use domain::access::Reach;
use domain::id::ResellerId;
use domain::principal::Role;
use domain::search;
use domain::text::{Email, Name, fold_case};
use domain::user::{Owner, User};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use store::{Store, UserQuery, UserSort};

use crate::home::Kind;
use crate::witness::*;
use crate::world::*;

fn named(number: u64, first: &str, last: &str, email: &str) -> User {
    User {
        last_name: Name::parse(last).unwrap(),
        email: Email::parse(email).unwrap(),
        ..user_within(RESELLER, number, first)
    }
}

pub(crate) async fn users_are_sorted_by_name_or_by_email_both_ways(world: World) {
    for user in [
        named(1, "Zoë", "", "a@example.com"),
        named(2, "åse", "Berg", "D@example.com"),
        named(3, "", "", "b@example.com"),
        named(4, "Ase", "Berg", "c@example.com"),
        named(5, "O'Neil", "", "Ä@example.com"),
    ] {
        world.add(&user).await.unwrap();
    }
    let in_order = async |sort, ascending| {
        let query = UserQuery { sort, ascending, ..everybody() };
        shown(world.store(), right(Role::Csp, None), query).await
    };

    let by_name = ["Ase", "åse", "O'Neil", "Zoë", "(none)"];
    let by_email = ["Zoë", "(none)", "Ase", "åse", "O'Neil"];

    assert_eq!(in_order(UserSort::Name, true).await, by_name);
    assert_eq!(in_order(UserSort::Email, true).await, by_email);
    let reversed = |names: [&'static str; 5]| names.into_iter().rev().collect::<Vec<_>>();
    assert_eq!(in_order(UserSort::Name, false).await, reversed(by_name));
    assert_eq!(in_order(UserSort::Email, false).await, reversed(by_email));
}

pub(crate) async fn a_search_finds_beginnings_of_words_whatever_their_case_and_accents(world: World) {
    for user in [
        named(1, "Åse-Marit", "O'Neil", "am@fjord.example"),
        named(2, "Łukasz", "Żółć", "Lukasz.Zolc@example.com"),
        named(3, "Jürgen", "Straße", "j.strasse@bücher.example"),
        named(4, "山田", "太郎", "yamada@example.com"),
        named(5, "", "", "no.name+tag@example.com"),
    ] {
        world.add(&user).await.unwrap();
    }
    for (text, found) in [
        ("ase", &["Åse-Marit"][..]),
        ("ÅSE", &["Åse-Marit"]),
        ("A\u{30a}s", &["Åse-Marit"]),
        ("se", &[]),
        ("marit neil", &["Åse-Marit"]),
        ("neil, MARIT!", &["Åse-Marit"]),
        ("marit nobody", &[]),
        ("o'n", &["Åse-Marit"]),
        ("fjord", &["Åse-Marit"]),
        ("zolc luk", &["Łukasz"]),
        ("łuk", &["Łukasz"]),
        ("STRASSE", &["Jürgen"]),
        ("straß bucher", &["Jürgen"]),
        ("山", &["山田"]),
        ("田", &[]),
        ("tag", &["(none)"]),
        ("no.name+tag@example.com", &["(none)"]),
        ("example com", &["Łukasz", "山田", "(none)"]),
        (" – ", &[]),
        ("%", &[]),
        ("_", &[]),
        ("", &[]),
    ] {
        let names = shown(world.store(), right(Role::Csp, None), found_by(text)).await;
        assert_eq!(names, found, "{text:?}");
    }
}

pub(crate) async fn users_are_found_by_the_ids_and_the_names_of_groups(world: World) {
    let (anger, billing) = (group(1, "Ärger"), group(2, "Billing"));
    world.add_group(&anger).await.unwrap();
    world.add_group(&billing).await.unwrap();
    world.add(&User { groups: vec![anger.clone()], ..user(1, "Ada") }).await.unwrap();
    world.add(&User { groups: vec![billing.clone(), administrators()], ..user(2, "Ben") }).await.unwrap();
    world.add(&user(3, "Cid")).await.unwrap();
    let braces = format!("{{{}}}", billing.id).to_uppercase();
    for (groups, found) in [
        (&["ÄRGER"][..], &["Ada"][..]),
        (&[braces.as_str()], &["Ben"]),
        (&["A\u{308}rger", "Billing"], &["Ada", "Ben"]),
        (&["administrator", "Billing"], &["Ben"]),
        (&["Viewer"], &[]),
        (&["Arger"], &[]),
        (&["Bill"], &[]),
        (&[], &[]),
    ] {
        let groups = groups.iter().map(|text| (*text).to_owned()).collect();
        let query = UserQuery { groups: Some(groups), ..everybody() };
        assert_eq!(shown(world.store(), right(Role::Csp, None), query).await, found);
    }
    let both = UserQuery { groups: Some(vec!["Billing".to_owned()]), ..found_by("ada") };
    assert!(shown(world.store(), right(Role::Csp, None), both).await.is_empty(), "both must be true");
}

pub(crate) async fn people_of_the_dead_and_the_deleted_are_in_no_list(world: World) {
    let of_dead_customer = User { owner: Owner::Customer(DELETED_CUSTOMER), ..user(1, "Of the dead") };
    world.load(&of_dead_customer).await;
    world.load(&User { context: Some(RESELLER), ..User { id: user(2, "").id, ..of_dead_customer } }).await;
    world.load(&staff_of(DELETED_RESELLER, 3, "Of the dead")).await;
    world.load(&User { deleted_at: Some(on(1)), ..user_within(RESELLER, 4, "Deleted") }).await;
    world.load(&user_within(RESELLER, 5, "Live")).await;
    // Its owner lives; that the reseller does not, concerns the reseller's own people.
    world.load(&user_within(DELETED_RESELLER, 6, "Left behind")).await;

    for (reach, names) in [
        (right(Role::Csp, None), &["Left behind", "Live"][..]),
        (right(Role::Csp, Some(RESELLER)), &["Live"]),
        (right(Role::Reseller(RESELLER), None), &["Live"]),
        (right(Role::Customer(CUSTOMER), None), &["Left behind", "Live"]),
    ] {
        for query in [everybody(), found_by("example"), UserQuery { sort: UserSort::Email, ..everybody() }] {
            let mut found = shown(world.store(), reach, query).await;
            found.sort();
            assert_eq!(found, names, "{reach:?}");
        }
    }
}

/// Whether a right reaches a user, told once more, and in another way.
fn reaches(reach: &Reach, user: &User) -> bool {
    let within = |reseller: ResellerId| match user.owner {
        Owner::Csp => false,
        Owner::Reseller(of) => of == reseller,
        Owner::Customer(_) => user.context == Some(reseller),
    };
    let by_role = match reach.role() {
        Role::Csp => true,
        Role::Reseller(own) => within(own),
        Role::Customer(own) => user.owner == Owner::Customer(own),
    };
    user.tenant == reach.tenant() && by_role && reach.context().is_none_or(within)
}

/// What a list should be, found by looking at every user.
pub(crate) fn expected(users: &[User], reach: &Reach, query: &UserQuery) -> (u64, Vec<String>) {
    let matches = |user: &&User| {
        let texts = [&user.first_name, &user.last_name].into_iter().flatten().map(Name::as_str);
        let words: BTreeSet<String> = texts.chain([user.email.as_str()]).flat_map(search::words).collect();
        let is_named = query.search.as_ref().is_none_or(|text| {
            let wanted = search::words(text);
            let begins = |wanted: &String| words.iter().any(|word| word.starts_with(wanted.as_str()));
            !wanted.is_empty() && wanted.iter().all(begins)
        });
        let is_member = query.groups.as_ref().is_none_or(|groups| {
            let names = |group: &domain::group::Group, text: &String| {
                *text == group.id.to_string() || fold_case(text) == fold_case(&group.name)
            };
            groups.iter().any(|text| user.groups.iter().any(|group| names(group, text)))
        });
        user.deleted_at.is_none() && reaches(reach, user) && is_named && is_member
    };
    let mut found: Vec<&User> = users.iter().filter(matches).collect();
    match query.sort {
        UserSort::Name => found.sort_by_key(|user| user.order_key()),
        UserSort::Email => found.sort_by_key(|user| {
            let owner = match user.owner {
                Owner::Csp => (0, Vec::new()),
                Owner::Reseller(id) => (1, id.as_bytes().to_vec()),
                Owner::Customer(id) => (2, id.as_bytes().to_vec()),
            };
            (user.email.folded(), owner, user.context)
        }),
    }
    if !query.ascending {
        found.reverse();
    }
    let page = found.iter().skip(query.offset as usize).take(query.limit as usize);
    (found.len() as u64, page.map(|user| user.document()).collect())
}

/// Of everything that a list is asked for, what it gives is what looking at every user gives.
pub(crate) async fn agree(store: &Store, users: &[User], reach: Reach, query: UserQuery) {
    let cut = store.users(reach, query.clone()).await.unwrap();
    assert_eq!((cut.total, cut.items), expected(users, &reach, &query), "{reach:?} {query:?}");
}

const WORDS: [&str; 12] =
    ["Åse", "ase", "Asmund", "O'Neil", "neil", "de Vries", "Straße", "strasse", "Łucja", "山田", "Øst", "x"];

/// The place decides the owner: some of each kind, most with the customer that two resellers serve.
fn somebody((place, first, last, groups, deleted): (u8, usize, usize, u8, bool), number: u64) -> User {
    let with_context = |context| user_within(context, number, WORDS[first]);
    let user = match place {
        0 => colleague(number, WORDS[first], &[]),
        1 => staff_of(RESELLER, number, WORDS[first]),
        2 => staff_of(SECOND_RESELLER, number, WORDS[first]),
        3 => User { owner: Owner::Customer(DIRECT_CUSTOMER), ..user(number, WORDS[first]) },
        4..=6 => with_context(RESELLER),
        7 => with_context(SECOND_RESELLER),
        _ => user(number, WORDS[first]),
    };
    // Few e-mails, so that many people of different owners share one.
    let shared = format!("{}{}@example.com", ["Kontakt", "info", "ÅSE"][first % 3], number / 4);
    let groups = (0..3).filter(|bit| groups & (1 << bit) != 0);
    User {
        last_name: Name::parse(WORDS[last]).unwrap().filter(|_| last % 3 > 0),
        email: Email::parse(&shared).unwrap(),
        groups: groups.map(|bit| group(bit, ["Ärger", "Billing", "ärger zwei"][bit as usize])).collect(),
        deleted_at: deleted.then(|| on(1)),
        ..user
    }
}

fn query() -> impl Strategy<Value = UserQuery> {
    let searches = [
        "a", "as", "åse", "NEIL", "o neil", "vries de", "str", "山", "info", "kontakt1", "exam", "x", "zz",
        "",
    ];
    let names = ["ÄRGER", "billing", "Ärger zwei", "nobody", "00000000-0000-0000-0000-000000005001"];
    let search = prop::option::of(prop::sample::select(searches.to_vec()));
    let groups = prop::option::of(prop::sample::subsequence(names.to_vec(), 0..=2));
    let sort = prop_oneof![Just(UserSort::Name), Just(UserSort::Email)];
    (search, groups, sort, any::<bool>(), 0..40_u32, 0..30_u64).prop_map(
        |(search, groups, sort, ascending, limit, offset)| UserQuery {
            search: search.map(str::to_owned),
            groups: groups.map(|groups| groups.into_iter().map(str::to_owned).collect()),
            sort,
            ascending,
            limit,
            offset,
        },
    )
}

fn rights() -> [Reach; 8] {
    [
        right(Role::Csp, None),
        right(Role::Csp, Some(RESELLER)),
        right(Role::Reseller(RESELLER), None),
        right(Role::Reseller(LONELY_RESELLER), None),
        right(Role::Customer(CUSTOMER), None),
        right(Role::Customer(CUSTOMER), Some(SECOND_RESELLER)),
        right(Role::Customer(DIRECT_CUSTOMER), None),
        right_in(OTHER_TENANT, Role::Customer(FOREIGN_CUSTOMER), None),
    ]
}

/// Few matches and many take different ways; the cases have both, and are the same in every run.
pub(crate) async fn a_list_is_what_looking_at_every_user_would_give(world: World) {
    let kind = world.kind();
    drop(world);
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let person = (0..12_u8, 0..WORDS.len(), 0..WORDS.len(), 0..8_u8, prop::bool::weighted(0.1));
    let cases =
        (prop::collection::vec(person, 0..90), prop::collection::vec((query(), 0..rights().len()), 60));
    // Each case has a world and a runtime of its own, beside the one of this story.
    let told = std::thread::spawn(move || {
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        runner.run(&cases, |(people, queries)| {
            runtime().block_on(ask(kind, people, queries));
            Ok(())
        })
    });
    told.join().unwrap().unwrap();
}

async fn ask(kind: Kind, people: Vec<(u8, usize, usize, u8, bool)>, queries: Vec<(UserQuery, usize)>) {
    let world = World::new(kind).await;
    let people: Vec<User> = (0..).zip(people).map(|(number, drawn)| somebody(drawn, number)).collect();
    let loading = people.clone();
    let load = move |loader: &mut store::Loader<'_>| {
        for (bit, name) in ["Ärger", "Billing", "ärger zwei"].iter().enumerate() {
            loader.add_group(TENANT, &group(bit as u64, name))?;
        }
        for user in &loading {
            loader.add_user(user)?;
        }
        Ok(Some(record("an import")))
    };
    world.store().bulk(load).await.unwrap();
    // What is refused as a double was not loaded.
    let kept = kept_users(world.store()).await;
    for (query, right) in queries {
        agree(world.store(), &kept, rights()[right], query).await;
    }
}
