//! Was it really done? A write that the contract permits is sent, answered as documented, and its effect is
//! looked at by an Administrator of the distributor, who then puts things back where others count on them.

use serde_json::json;

use crate::ask::{Answer, Ask};
use crate::bodies::with_body;
use crate::cells::Cell;
use crate::directory::{Label, Owner};
use crate::marks::id;
use crate::oracle::{Who, is_related, users_meant};
use crate::principals::Caller;
use crate::world::World;

/// Those who take part in a deed.
pub(crate) struct Deed<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a Caller,
    /// An Administrator of the distributor in whose tenant it happens.
    pub(crate) steward: &'a Caller,
    pub(crate) who: Who,
    pub(crate) cell: Cell,
    /// Found in nothing but what this deed does.
    pub(crate) word: String,
}

impl Deed<'_> {
    fn name(&self) -> String {
        let Cell { row, about } = &self.cell;
        format!("{}: {} {} {about:?}", self.caller.principal.name(), row.method, row.path)
    }

    async fn send(&self, target: &str, status: u16) -> Answer {
        let ask = self.caller.ask(self.world, self.cell.row.method, target);
        let answer = with_body(ask, &self.cell, &self.word).send().await;
        assert_eq!(answer.status, status, "{} {}", self.name(), answer.text());
        answer
    }

    fn steward(&self, method: &str, target: &str) -> Ask {
        self.steward.ask(self.world, method, target)
    }

    /// What the steward sees there holds the word.
    async fn shows(&self, target: &str) {
        let answer = self.steward("GET", target).send().await;
        assert!(answer.text().contains(&self.word), "{}: {target} {}", self.name(), answer.text());
    }

    async fn told(&self, method: &str, target: &str, expected: &str) {
        assert_eq!(self.steward(method, target).send().await.told(), expected, "{} {target}", self.name());
    }

    /// Puts something there for this deed alone; gives its id.
    async fn put_there(&self, target: &str, body: serde_json::Value) -> String {
        let answer = self.steward("POST", target).json(&body).send().await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let told = answer.json();
        told["clientId"].as_str().or(told.as_str()).unwrap().to_owned()
    }

    /// Does it, and finds it done.
    pub(crate) async fn is_done(&self) {
        let target = self.cell.target();
        let about = &self.cell.about;
        let id_of = |kind: &str, label: Option<Label>| id(kind, label.unwrap()).to_string();
        match (self.cell.row.method, self.cell.row.path) {
            ("POST", path) if path.starts_with("/v1/customer/{customerId}/users") => {
                let status = if path.ends_with("/import") { 200 } else { 201 };
                self.send(&target, status).await;
                let listing = format!("/v1/customer/{}/users", id_of("customer", about.customer));
                self.shows(&listing).await;
                self.is_in_context_alone(&listing).await;
            }
            ("POST", "/v1/users") => {
                self.send(&target, 201).await;
                self.shows("/v1/users?pageSize=2000&sortPropertyName=Email").await;
            }
            ("POST", "/v1/reseller/{resellerId}/users") => {
                self.send(&target, 201).await;
                let reseller = id_of("reseller", about.reseller);
                self.shows(&format!("/v1/users?pageSize=2000&resellerId={reseller}")).await;
            }
            ("PATCH", "/v1/users/{key}") => {
                self.send(&target, 204).await;
                self.shows(&self.user()).await;
            }
            ("DELETE", "/v1/users/{key}") => {
                self.send(&target, 204).await;
                self.told("GET", &self.user(), "404 UserNotFound").await;
                self.told("POST", &format!("{}/restore", self.user()), "204").await;
            }
            ("POST", "/v1/users/{id}/restore") => {
                let user = format!("/v1/users/{}", id_of("user", about.user));
                let was_there = self.steward("GET", &user).status().await == 200;
                self.send(&target, 204).await;
                self.told("GET", &user, "200").await;
                if !was_there {
                    self.told("DELETE", &user, "204").await;
                }
            }
            _ => self.is_done_to_others().await,
        }
    }

    /// Whether the new user is in the context that the rules give it, and in no other (section 2).
    async fn is_in_context_alone(&self, listing: &str) {
        let about = &self.cell.about;
        let context = match self.who.owner {
            Owner::Csp => about.reseller,
            Owner::Reseller(own) => Some(own),
            Owner::Customer(_) => self.who.context,
        };
        for reseller in ["acorn", "birch", "southern"] {
            if is_related(about.customer.unwrap(), reseller) {
                let narrowed = format!("{listing}?resellerId={}", id("reseller", reseller));
                let answer = self.steward("GET", &narrowed).send().await;
                let is_there = answer.text().contains(&self.word);
                assert_eq!(is_there, context == Some(reseller), "{} {reseller}", self.name());
            }
        }
    }

    /// The user that is meant, by its id.
    fn user(&self) -> String {
        format!("/v1/users/{}", id("user", users_meant(&self.who, &self.cell.about)[0].label))
    }

    /// Deeds of the distributor, and of resellers with their customers.
    async fn is_done_to_others(&self) {
        let target = self.cell.target();
        let about = &self.cell.about;
        let (path, word) = (self.cell.row.path, &self.word);
        let groups = "/v1/users/groups";
        match (self.cell.row.method, path) {
            ("POST", "/v1/users/groups" | "/v1/Customers" | "/v1/Resellers" | "/v1/api-access") => {
                self.send(&target, 201).await;
                self.shows(&format!("{path}?pageSize=2000")).await;
            }
            ("PATCH", "/v1/users/groups/{id}") => {
                let group = self.put_there(groups, json!({"name": format!("{word}-old")})).await;
                self.send(&format!("{groups}/{group}"), 204).await;
                self.shows(&format!("{groups}?pageSize=2000")).await;
            }
            ("DELETE", "/v1/users/groups/{id}") => {
                let group = self.put_there(groups, json!({"name": word})).await;
                self.send(&format!("{groups}/{group}"), 204).await;
                self.lacks(&format!("{groups}?pageSize=2000")).await;
            }
            ("PATCH", path) if path.starts_with("/v1/Customers/{id}/") => {
                let status = if path.ends_with("/account-info") { 202 } else { 204 };
                self.send(&target, status).await;
                self.shows(&format!("/v1/Customers/{}", id("customer", about.customer.unwrap()))).await;
            }
            ("PATCH", path) if path.starts_with("/v1/Resellers/{id}/") => {
                let status = if path.ends_with("/account-info") { 202 } else { 204 };
                self.send(&target, status).await;
                self.shows(&format!("/v1/Resellers/{}", id("reseller", about.reseller.unwrap()))).await;
            }
            ("DELETE", "/v1/Customers/{id}") => {
                let customer = self.new_customer().await;
                self.send(&customer, 202).await;
                self.told("GET", &customer, "404 CustomerNotFound").await;
            }
            ("PUT", "/v1/Customers/{id}/resellers/{resellerId}") => {
                let reseller = id("reseller", about.reseller.unwrap());
                let customer = self.new_customer().await;
                let narrowed = format!("{customer}?resellerId={reseller}");
                self.told("GET", &narrowed, "403 ResellerNotRelated").await;
                self.send(&format!("{customer}/resellers/{reseller}"), 204).await;
                self.told("GET", &narrowed, "200").await;
            }
            ("DELETE", "/v1/Customers/{id}/resellers/{resellerId}") => {
                let relation = format!("/resellers/{}", id("reseller", about.reseller.unwrap()));
                let customer = self.new_customer().await;
                self.told("PUT", &format!("{customer}{relation}"), "204").await;
                self.send(&format!("{customer}{relation}"), 204).await;
                self.told("DELETE", &format!("{customer}{relation}"), "403 ResellerNotRelated").await;
            }
            (method, "/v1/api-access/{clientId}") => {
                let body = json!({"name": format!("{word}-old"), "role": "csp", "permission": "Viewer"});
                let client = self.put_there("/v1/api-access", body).await;
                self.send(&format!("/v1/api-access/{client}"), 204).await;
                if method == "PATCH" {
                    self.shows("/v1/api-access?pageSize=2000").await;
                } else {
                    self.lacks("/v1/api-access?pageSize=2000").await;
                }
            }
            (method, path) => panic!("{method} {path} is not looked at"),
        }
    }

    async fn lacks(&self, target: &str) {
        let answer = self.steward("GET", target).send().await;
        assert!(!answer.text().contains(&self.word), "{}: {target}", self.name());
    }

    /// The path of a customer that the distributor serves directly.
    async fn new_customer(&self) -> String {
        let body = json!({
            "companyName": self.word, "country": "DE", "addressLine1": "Way 1", "city": "Town",
            "state": "State", "zip": "1", "firstName": "First", "lastName": "Last",
            "email": "new@new.example", "phone": "1",
        });
        format!("/v1/Customers/{}", self.put_there("/v1/Customers", body).await)
    }
}
