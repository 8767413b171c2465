//! Which companies are there? Made-up words and a trade, in a real town. Domains end in `.example`
//! (RFC 2606) and telephone numbers start with +999, which no country has, so that neither leads anywhere.

use super::chance::Chance;
use super::line::CompanyMembers;
use super::people::Crowd;

/// The first word of a name, as written and in an address.
#[rustfmt::skip]
const WORDS: [(&str, &str); 40] = [
    ("Nordlicht", "nordlicht"), ("Silberbach", "silberbach"), ("Blåfjord", "blafjord"), ("Kupferhof", "kupferhof"),
    ("Grønn Vei", "gronn-vei"), ("Łąka", "laka"), ("Étoile du Nord", "etoile-du-nord"), ("Río Claro", "rio-claro"),
    ("Ärenpreis", "aerenpreis"), ("Zlatá Hora", "zlata-hora"), ("Kék Duna", "kek-duna"), ("Öland", "oeland"),
    ("Windmolen", "windmolen"), ("Stone Harbour", "stone-harbour"), ("Cloch Bhán", "cloch-bhan"), ("Vela", "vela"),
    ("Akropol", "akropol"), ("Morgentau", "morgentau"), ("Quercus", "quercus"), ("Ladoga", "ladoga"),
    ("Perspektywa", "perspektywa"), ("Žlutý Kámen", "zluty-kamen"), ("Serra Azul", "serra-azul"), ("Faro", "faro"),
    ("Hagebutt", "hagebutt"), ("Weißdorn", "weissdorn"), ("Brackwater", "brackwater"), ("Solsikke", "solsikke"),
    ("Marée Haute", "maree-haute"), ("Kiefernweg", "kiefernweg"), ("Tulipan", "tulipan"), ("Ostrava Sever", "ostrava-sever"),
    ("Redwood Lane", "redwood-lane"), ("Glaciär", "glaciaer"), ("Puente Viejo", "puente-viejo"), ("Ginepro", "ginepro"),
    ("Saar & Mosel", "saar-mosel"), ("O'Grady's", "ogradys"), ("Lumen", "lumen"), ("Übersee", "uebersee"),
];

/// The second word: what the company does.
#[rustfmt::skip]
const TRADES: [(&str, &str); 24] = [
    ("Logistics", "logistics"), ("Robotics", "robotics"), ("Foods", "foods"), ("Energy", "energy"),
    ("Textil", "textil"), ("Café", "cafe"), ("Optik", "optik"), ("Architects", "architects"),
    ("Pharma", "pharma"), ("Maschinenbau", "maschinenbau"), ("Travel", "travel"), ("Insurance", "insurance"),
    ("Consulting", "consulting"), ("Médical", "medical"), ("Steel", "steel"), ("Brewery", "brewery"),
    ("Publishing", "publishing"), ("Shipping", "shipping"), ("Gardens", "gardens"), ("Software", "software"),
    ("Holding", "holding"), ("Kliniken", "kliniken"), ("Werbung", "werbung"), ("Studio", "studio"),
];

/// ISO 3166-1 alpha-2, legal form, street; then towns with state and postal code.
type Country = (&'static str, &'static str, &'static str, [(&'static str, &'static str, &'static str); 3]);

#[rustfmt::skip]
const COUNTRIES: [Country; 14] = [
    ("DE", "GmbH", "Lindenstraße", [("Köln", "Nordrhein-Westfalen", "50667"), ("München", "Bayern", "80331"), ("Lübeck", "Schleswig-Holstein", "23552")]),
    ("AT", "GmbH", "Mühlgasse", [("Wien", "Wien", "1040"), ("Graz", "Steiermark", "8010"), ("St. Pölten", "Niederösterreich", "3100")]),
    ("CH", "AG", "Bahnhofstrasse", [("Zürich", "Zürich", "8001"), ("Genève", "Genève", "1201"), ("Lugano", "Ticino", "6900")]),
    ("NL", "B.V.", "Kerkstraat", [("Utrecht", "Utrecht", "3511 AA"), ("'s-Hertogenbosch", "Noord-Brabant", "5211 AB"), ("Groningen", "Groningen", "9711 AC")]),
    ("SE", "AB", "Ängsvägen", [("Göteborg", "Västra Götaland", "411 01"), ("Malmö", "Skåne", "211 20"), ("Umeå", "Västerbotten", "903 25")]),
    ("DK", "A/S", "Møllevej", [("København", "Hovedstaden", "1050"), ("Aarhus", "Midtjylland", "8000"), ("Tønder", "Syddanmark", "6270")]),
    ("NO", "AS", "Strandgata", [("Tromsø", "Troms", "9008"), ("Bergen", "Vestland", "5003"), ("Ålesund", "Møre og Romsdal", "6002")]),
    ("FI", "Oy", "Koulukatu", [("Jyväskylä", "Keski-Suomi", "40100"), ("Turku", "Varsinais-Suomi", "20100"), ("Oulu", "Pohjois-Pohjanmaa", "90100")]),
    ("PL", "Sp. z o.o.", "ul. Łąkowa", [("Łódź", "łódzkie", "90-001"), ("Gdańsk", "pomorskie", "80-001"), ("Kraków", "małopolskie", "30-001")]),
    ("CZ", "s.r.o.", "Květná", [("Plzeň", "Plzeňský kraj", "301 00"), ("Brno", "Jihomoravský kraj", "602 00"), ("Děčín", "Ústecký kraj", "405 02")]),
    ("FR", "SARL", "rue de la Forêt", [("Besançon", "Bourgogne-Franche-Comté", "25000"), ("Nîmes", "Occitanie", "30000"), ("Lyon", "Auvergne-Rhône-Alpes", "69001")]),
    ("ES", "S.L.", "Calle del Río", [("A Coruña", "Galicia", "15001"), ("Málaga", "Andalucía", "29001"), ("León", "Castilla y León", "24001")]),
    ("IE", "Ltd", "Abbey Road", [("Dún Laoghaire", "Leinster", "A96 A000"), ("Cork", "Munster", "T12 A000"), ("Galway", "Connacht", "H91 A000")]),
    ("GB", "Ltd", "Mill Lane", [("Leeds", "West Yorkshire", "LS1 1AA"), ("Cardiff", "South Glamorgan", "CF10 1AA"), ("Inverness", "Highland", "IV1 1AA")]),
];

/// A made-up company and whom to call there.
pub(super) struct Company {
    pub(super) name: String,
    /// Unique within a plan: the name as part of a domain.
    pub(super) slug: String,
    pub(super) zip: &'static str,
    /// The people who work there, at the company's domain.
    pub(super) crowd: Crowd,
    tax_id: Option<String>,
    country: &'static str,
    street: String,
    city: &'static str,
    state: &'static str,
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
}

impl Company {
    /// The company of a number; two numbers never give the same name or domain.
    #[expect(clippy::indexing_slicing, reason = "a remainder by the length is below the length")]
    pub(super) fn new(chance: &mut Chance, number: usize) -> Self {
        let word = WORDS[number % WORDS.len()];
        // The trade moves on with each round of the words, so that all pairs come before any number.
        let trade = TRADES[(number + number / WORDS.len()) % TRADES.len()];
        let edition = number / (WORDS.len() * TRADES.len());
        let (country, form, street, towns) = chance.pick(&COUNTRIES);
        let (city, state, zip) = *chance.pick(towns);
        let (name, slug) = if edition == 0 {
            (format!("{} {} {form}", word.0, trade.0), format!("{}-{}", word.1, trade.1))
        } else {
            let edition = edition + 1;
            (format!("{} {} {edition} {form}", word.0, trade.0), format!("{}-{}-{edition}", word.1, trade.1))
        };
        let domain =
            if chance.once_in(12) { format!("büro.{slug}.example") } else { format!("{slug}.example") };
        let crowd = Crowd::new(chance, domain);
        let contact = crowd.person(chance.below(1000), true);
        Self {
            name,
            zip,
            crowd,
            tax_id: chance.once_in(3).then(|| format!("{country}0000{:05}", chance.below(100_000))),
            country,
            street: format!("{street} {}", 1 + chance.below(180)),
            city,
            state,
            first_name: contact.first.unwrap_or_default().into_owned(),
            last_name: contact.last.unwrap_or_default().into_owned(),
            email: format!("office@{slug}.example"),
            phone: format!("+999 {:03} {:06}", chance.below(1000), chance.below(1_000_000)),
            slug,
        }
    }

    /// The company as a directory file says it.
    pub(super) fn members(&self) -> CompanyMembers<'_> {
        CompanyMembers {
            company_name: &self.name,
            tax_id: self.tax_id.as_deref(),
            country: self.country,
            address_line1: &self.street,
            city: self.city,
            state: self.state,
            first_name: &self.first_name,
            last_name: &self.last_name,
            email: &self.email,
            phone: &self.phone,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::text::DomainName;

    use super::*;

    #[test]
    fn no_two_companies_share_a_name_or_a_domain() {
        let (mut names, mut slugs) = (HashSet::new(), HashSet::new());
        for number in 0..2500 {
            let company = Company::new(&mut Chance::new(number as u64), number);
            assert!(DomainName::parse(&format!("{}.example", company.slug)).is_ok(), "{}", company.slug);
            assert!(slugs.insert(company.slug), "{}", company.name);
            assert!(names.insert(company.name));
        }
    }
}
