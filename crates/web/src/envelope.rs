//! How is a page of a list sent? In the published envelope, with the figures by which the rest is found.

use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use serde::Serialize;
use utoipa::ToSchema;

use crate::input::{Faults, Query};

/// How many items a page has, unless somebody asks for more or fewer.
const USUAL_PAGE: u32 = 25;
/// The last page that can be asked for: what a program with 32 bits and a sign can hold.
const LAST_PAGE: u32 = i32::MAX as u32;

/// Which page is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PageOf {
    number: u32,
    size: u32,
}

impl PageOf {
    /// Reads the page that a query asks for; `names` are those of its number and its size.
    pub(crate) fn read(query: &Query, names: [&'static str; 2], faults: &mut Faults) -> Self {
        let [number, size] = names;
        Self {
            number: query.number(number, 1, LAST_PAGE, faults).unwrap_or(1),
            size: query.number(size, 1, app::LARGEST_PAGE, faults).unwrap_or(USUAL_PAGE),
        }
    }

    /// How many items at most.
    pub(crate) fn limit(self) -> u32 {
        self.size
    }

    /// How many items are before the page.
    pub(crate) fn offset(self) -> u64 {
        u64::from(self.number - 1) * u64::from(self.size)
    }
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    /// The items of this page.
    items: Vec<T>,
    /// Which page this is.
    pagination_parameters: PaginationParameters,
    /// How many pages there are.
    total_pages: u64,
    /// How many items there are that this caller may see.
    total_count: u64,
    /// Whether there is a page before.
    has_previous_page: bool,
    /// Whether there is a page after.
    has_next_page: bool,
    /// Always null: pages are found by their number.
    continuation_token: Option<String>,
}

/// Which page it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaginationParameters {
    /// The number of the page, from 1.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    page_number: u32,
    /// How many items a page has at most.
    #[schema(minimum = 1, maximum = 2000)]
    page_size: u32,
}

/// Sends a page whose items are JSON already.
pub(crate) fn page(page: PageOf, total: u64, items: &[String]) -> Response {
    let PageOf { number, size } = page;
    let pages = total.div_ceil(u64::from(size));
    let body = format!(
        "{{\"items\":[{}],\"paginationParameters\":{{\"pageNumber\":{number},\"pageSize\":{size}}},\
         \"totalPages\":{pages},\"totalCount\":{total},\"hasPreviousPage\":{},\"hasNextPage\":{},\
         \"continuationToken\":null}}",
        items.join(","),
        number > 1,
        u64::from(number) < pages,
    );
    json(body)
}

/// Sends a page of items.
pub(crate) fn page_of<T: Serialize>(of: PageOf, total: u64, items: &[T]) -> Response {
    let items: Vec<String> =
        items.iter().map(|item| serde_json::to_string(item).unwrap_or_default()).collect();
    page(of, total, &items)
}

/// Sends JSON that is good for one caller, and for now.
pub(crate) fn json(body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, X-Tenant"));
    response
}
