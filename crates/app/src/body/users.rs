//! What does a body say of a user? (contract section 2, "The user in a body")

use domain::error::Fault;
use domain::group::MOST_GROUPS;
use domain::id::{GroupId, UserId};
use domain::text::{Email, Name};
use domain::user::{NewUser, UserPatch};

use super::json::Json;
use super::members::{Members, Placed, id};
use super::object;

/// A user to be added, as far as the body alone can tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserBody {
    pub(crate) id: Option<UserId>,
    pub(crate) first_name: Option<Name>,
    pub(crate) last_name: Option<Name>,
    pub(crate) email: Option<Email>,
    pub(crate) groups: Placed<GroupId>,
    pub(crate) faults: Vec<Fault>,
}

/// What is to be changed of a user, as far as the body alone can tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserPatchBody {
    pub(crate) patch: UserPatch,
    pub(crate) groups: Placed<GroupId>,
    pub(crate) faults: Vec<Fault>,
}

impl UserBody {
    /// Reads the JSON of a user; `role` is what the path implies. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str, role: &'static str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self::faulty(faults);
        if let Some(mut members) = members {
            body.id = members.optional_id("id", UserId);
            body.first_name = members.parsed("firstName", Name::parse).flatten();
            body.last_name = members.parsed("lastName", Name::parse).flatten();
            body.email = members.required("email", Email::parse);
            if let Some(said) = said_role(&mut members)
                && said != role
            {
                members.fault("role", format!("The role here is `{role}`; leave it out."));
            }
            let list = members.list("groups");
            body.groups = groups(&mut members, list);
            body.faults = members.finish();
        }
        body
    }

    /// Nothing but faults so far.
    pub(crate) fn faulty(faults: Vec<Fault>) -> Self {
        Self { id: None, first_name: None, last_name: None, email: None, groups: Vec::new(), faults }
    }

    /// The user, with an id of its own if the body names none; nothing if there are faults.
    pub(crate) fn user(&self, fresh: UserId) -> Option<NewUser> {
        let email = self.email.clone().filter(|_| self.faults.is_empty())?;
        Some(NewUser {
            id: self.id.unwrap_or(fresh),
            id_is_given: self.id.is_some(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            email,
            groups: self.groups.iter().map(|(_, id)| *id).collect(),
        })
    }
}

impl UserPatchBody {
    /// Reads the JSON of what is to be changed. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self { patch: UserPatch::default(), groups: Vec::new(), faults };
        if let Some(mut members) = members {
            body.patch.id = members.optional_id("id", UserId);
            body.patch.role = said_role(&mut members);
            body.patch.first_name = members.change("firstName", Name::parse);
            body.patch.last_name = members.change("lastName", Name::parse);
            body.patch.email = members.replacement("email", Email::parse);
            match members.given("groups") {
                None => {}
                Some(Json::List(list)) => {
                    body.groups = groups(&mut members, list);
                    body.patch.groups = Some(body.groups.iter().map(|(_, id)| *id).collect());
                }
                Some(_) => members.fault("groups", "Give a list; `[]` takes all groups away."),
            }
            body.faults = members.finish();
        }
        body
    }
}

/// The name of the role that a body says: absent, null and `{}` say none.
fn said_role(members: &mut Members<'_>) -> Option<String> {
    match members.take("role")? {
        Json::Object(object) => {
            let mut inner = Members::new("role.".to_owned(), object);
            let name = inner.parsed("name", |name| Ok(name.to_owned()));
            members.absorb(inner.finish());
            name
        }
        _ => {
            members.fault("role", "Leave it out: the role follows from where the user is.");
            None
        }
    }
}

/// The groups of a list, known by their ids alone.
fn groups(members: &mut Members<'_>, list: Vec<Json<'_>>) -> Placed<GroupId> {
    if list.len() > MOST_GROUPS {
        members
            .fault("groups", format!("At most {MOST_GROUPS} groups are allowed; this has {}.", list.len()));
        return Vec::new();
    }
    let mut groups = Vec::with_capacity(list.len());
    for (place, item) in list.into_iter().enumerate() {
        let Json::Object(object) = item else {
            members.fault(&format!("groups[{place}]"), "Give an object with the `id` of the group.");
            continue;
        };
        let mut inner = Members::new(format!("groups[{place}]."), object);
        let group = inner.required("id", |text| id(text).map(GroupId));
        // What a group is called is not for a user to say; it may be sent along as it was read.
        inner.parsed("name", |_| Ok(()));
        members.absorb(inner.finish());
        groups.extend(group.map(|group| (place, group)));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        UserBody::read(text, "customer").faults.into_iter().map(|fault| fault.property).collect()
    }

    #[test]
    fn a_user_is_read_with_what_may_be_said_beside() {
        let body = UserBody::read(
            r#"{"id":"{0A000000-0000-4000-8000-000000000001}","firstName":" ","lastName":"A\u030asa",
                "email":"Asa@X.example","role":{"name":"customer"},
                "groups":[{"id":"5f000000-0000-4000-8000-000000000002","name":"whatever"}]}"#,
            "customer",
        );
        assert_eq!(body.faults, []);
        let user = body.user(UserId(uuid::Uuid::from_u128(9))).unwrap();
        assert_eq!((user.first_name, user.last_name.unwrap().as_str()), (None, "Åsa"));
        assert!(user.id_is_given && user.groups.len() == 1);
        for role in ["null", "{}", r#"{"name":null}"#] {
            assert_eq!(faults(&format!(r#"{{"email":"a@b.example","role":{role}}}"#)), [""; 0], "{role}");
        }
    }

    #[test]
    fn all_faults_are_told_each_on_its_property() {
        let text = format!(
            r#"{{"id":"x","firstName":1,"lastName":"{}","role":{{"name":"csp"}},"owner":1,"email":"a@",
                "groups":[1,{{}},{{"id":"y"}},{{"id":"5f000000-0000-4000-8000-000000000002","color":1}}]}}"#,
            "x".repeat(256)
        );
        assert_eq!(
            faults(&text),
            [
                "id",
                "firstName",
                "lastName",
                "email",
                "role",
                "groups[0]",
                "groups[1].id",
                "groups[2].id",
                "groups[3].color",
                "owner"
            ]
        );
        assert_eq!(faults("[]"), ["body"]);
        assert_eq!(faults(""), ["body"]);
        assert_eq!(faults(r#"{"email":"a@b.example","email":"a@b.example"}"#), ["email"]);
        assert_eq!(faults(r#"{"email":"a@b.example","firstName":"a\u0000"}"#), ["firstName"]);
        let many = format!(r#"{{"email":"a@b.example","groups":[{}]}}"#, vec!["{}"; 101].join(","));
        assert_eq!(faults(&many), ["groups"]);
    }

    #[test]
    fn a_patch_tells_what_is_taken_away_from_what_stays() {
        let body = UserPatchBody::read(r#"{"firstName":null,"groups":[]}"#);
        assert_eq!(body.faults, []);
        assert_eq!(body.patch.first_name, Some(None));
        assert_eq!((body.patch.last_name, body.patch.email), (None, None));
        assert_eq!(body.patch.groups, Some(Vec::new()));
        let faulty = UserPatchBody::read(r#"{"email":null,"groups":null,"role":"csp","deletedAt":null}"#);
        let properties: Vec<String> = faulty.faults.into_iter().map(|fault| fault.property).collect();
        assert_eq!(properties, ["role", "email", "groups", "deletedAt"]);
    }
}
