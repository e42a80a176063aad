package simulate

import "daybook.internal/domain"

// A country is a real one; what is simulated is only what its people say.
type country struct {
	place      domain.Place
	name       string
	region     region
	population int           // in thousands, rounded
	languages  []domain.Lang // of its dialogue, the first one is spoken most
}

// A region has a profile of its own, see profiles.
type region int

const (
	africa region = iota
	asia
	europe
	americas
	oceania
)

// countries stand in the order in which smaller editions take them: the first ones are from everywhere.
var countries = []country{
	{"KE", "Kenya", africa, 53771, langs("en", "sw")},
	{"BR", "Brazil", americas, 212559, langs("pt")},
	{"DE", "Germany", europe, 83784, langs("de")},
	{"JP", "Japan", asia, 126476, langs("ja")},
	{"BD", "Bangladesh", asia, 164689, langs("bn")},
	{"RW", "Rwanda", africa, 12952, langs("en", "fr", "sw")},
	{"MX", "Mexico", americas, 128933, langs("es")},
	{"FR", "France", europe, 65274, langs("fr")},
	{"IN", "India", asia, 1380004, langs("hi", "en")},
	{"AU", "Australia", oceania, 25500, langs("en")},
	{"EG", "Egypt", africa, 102334, langs("ar")},
	{"CA", "Canada", americas, 37742, langs("en", "fr")},
	{"ID", "Indonesia", asia, 273524, langs("id")},
	{"ES", "Spain", europe, 46755, langs("es")},
	{"SN", "Senegal", africa, 16744, langs("fr")},
	{"CO", "Colombia", americas, 50883, langs("es")},
	{"CN", "China", asia, 1439324, langs("zh")},
	{"UA", "Ukraine", europe, 43734, langs("uk", "ru")},
	{"TZ", "Tanzania", africa, 59734, langs("sw", "en")},
	{"AR", "Argentina", americas, 45196, langs("es")},
	{"KR", "Republic of Korea", asia, 51269, langs("ko")},
	{"IT", "Italy", europe, 60462, langs("it")},
	{"NG", "Nigeria", africa, 206140, langs("en")},
	{"US", "United States of America", americas, 331003, langs("en", "es")},
	{"TR", "Turkey", asia, 84339, langs("tr")},
	{"PT", "Portugal", europe, 10197, langs("pt")},
	{"ET", "Ethiopia", africa, 114964, langs("am", "en")},
	{"PE", "Peru", americas, 32972, langs("es")},
	{"VN", "Viet Nam", asia, 97339, langs("vi")},
	{"PL", "Poland", europe, 37847, langs("pl")},
	{"ZA", "South Africa", africa, 59309, langs("en")},
	{"CL", "Chile", americas, 19116, langs("es")},
	{"PK", "Pakistan", asia, 220892, langs("ur", "en")},
	{"NL", "Netherlands", europe, 17135, langs("nl")},
	{"MA", "Morocco", africa, 36911, langs("ar", "fr")},
	{"EC", "Ecuador", americas, 17643, langs("es")},
	{"TH", "Thailand", asia, 69800, langs("th")},
	{"GB", "United Kingdom", europe, 67886, langs("en")},
	{"CD", "Democratic Republic of the Congo", africa, 89561, langs("fr", "sw")},
	{"BO", "Bolivia", americas, 11673, langs("es")},
	{"IR", "Iran", asia, 83993, langs("fa")},
	{"AT", "Austria", europe, 9006, langs("de")},
	{"GH", "Ghana", africa, 31073, langs("en")},
	{"UY", "Uruguay", americas, 3474, langs("es")},
	{"PH", "Philippines", asia, 109581, langs("en")},
	{"BE", "Belgium", europe, 11590, langs("nl", "fr")},
	{"MZ", "Mozambique", africa, 31255, langs("pt")},
	{"GT", "Guatemala", americas, 17916, langs("es")},
	{"SG", "Singapore", asia, 5850, langs("en", "zh")},
	{"CH", "Switzerland", europe, 8655, langs("de", "fr", "it")},
	{"CI", "Côte d'Ivoire", africa, 26378, langs("fr")},
	{"CR", "Costa Rica", americas, 5094, langs("es")},
	{"JO", "Jordan", asia, 10203, langs("ar")},
	{"UG", "Uganda", africa, 45741, langs("en", "sw")},
	{"NZ", "New Zealand", oceania, 4822, langs("en")},
	{"DO", "Dominican Republic", americas, 10848, langs("es")},
	{"LB", "Lebanon", asia, 6825, langs("ar", "fr")},
	{"CM", "Cameroon", africa, 26546, langs("fr", "en")},
	{"KZ", "Kazakhstan", asia, 18777, langs("ru")},
	{"PY", "Paraguay", americas, 7133, langs("es")},
	{"BJ", "Benin", africa, 12123, langs("fr")},
	{"IQ", "Iraq", asia, 40223, langs("ar")},
	{"TN", "Tunisia", africa, 11819, langs("ar", "fr")},
	{"KG", "Kyrgyzstan", asia, 6524, langs("ru")},
	{"BF", "Burkina Faso", africa, 20903, langs("fr")},
	{"DZ", "Algeria", africa, 43851, langs("ar", "fr")},
	{"FJ", "Fiji", oceania, 896, langs("en")},
	{"AO", "Angola", africa, 32866, langs("pt")},
	{"ML", "Mali", africa, 20251, langs("fr")},
	{"MW", "Malawi", africa, 19130, langs("en")},
	{"MG", "Madagascar", africa, 27691, langs("fr")},
	{"BW", "Botswana", africa, 2352, langs("en")},
}

func langs(tags ...domain.Lang) []domain.Lang { return tags }

// sourceLang is what the organisers write in.
const sourceLang domain.Lang = "en"

// languages are those of an edition of all countries, the source first. A smaller edition has those of its countries.
var languages = langs("en", "fr", "es", "pt", "ar", "sw", "hi", "bn", "ja", "de", "ru", "zh", "id", "it", "ko", "tr", "vi", "th", "uk", "pl", "fa", "ur", "am", "nl")
