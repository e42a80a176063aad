package simulate

var arabic = map[string]string{
	"Strongly disagree": "لا أوافق بشدة", "Disagree": "لا أوافق", "Neither agree nor disagree": "محايد", "Agree": "أوافق", "Strongly agree": "أوافق بشدة",
	"Woman": "امرأة", "Man": "رجل", "Every day": "كل يوم", "Sometimes": "أحيانًا", "Never": "أبدًا", "Something else": "شيء آخر",
	"Rather an opportunity": "فرصة أكثر", "Rather a threat": "تهديد أكثر", "Both to the same degree": "كلاهما بالقدر نفسه", "Nothing": "لا شيء",
	"Health": "الصحة", "Education": "التعليم", "Farming": "الزراعة", "Governments": "الحكومات", "Schools": "المدارس", "Media": "وسائل الإعلام",
	"What should our country do first?": "ما الذي يجب أن يفعله بلدنا أولًا؟", "Internet and me": "الإنترنت وأنا",
}

var swahili = map[string]string{
	"Strongly disagree": "Sikubaliani kabisa", "Disagree": "Sikubaliani", "Neither agree nor disagree": "Sina upande", "Agree": "Nakubali", "Strongly agree": "Nakubali kabisa",
	"Woman": "Mwanamke", "Man": "Mwanaume", "Every day": "Kila siku", "Sometimes": "Mara kwa mara", "Never": "Kamwe", "Something else": "Kitu kingine",
	"Rather an opportunity": "Zaidi ni fursa", "Rather a threat": "Zaidi ni tishio", "Both to the same degree": "Vyote kwa kiasi sawa", "Nothing": "Hakuna",
	"Health": "Afya", "Education": "Elimu", "Farming": "Kilimo", "Governments": "Serikali", "Schools": "Shule", "Media": "Vyombo vya habari",
	"What should our country do first?": "Nchi yetu ifanye nini kwanza?", "Internet and me": "Intaneti na mimi",
}

var hindi = map[string]string{
	"Strongly disagree": "पूरी तरह असहमत", "Disagree": "असहमत", "Neither agree nor disagree": "न सहमत न असहमत", "Agree": "सहमत", "Strongly agree": "पूरी तरह सहमत",
	"Woman": "महिला", "Man": "पुरुष", "Every day": "हर दिन", "Sometimes": "कभी-कभी", "Never": "कभी नहीं", "Something else": "कुछ और",
	"Rather an opportunity": "ज़्यादा अवसर", "Rather a threat": "ज़्यादा ख़तरा", "Both to the same degree": "दोनों बराबर", "Nothing": "कुछ नहीं",
	"Health": "स्वास्थ्य", "Education": "शिक्षा", "Farming": "खेती", "Governments": "सरकारें", "Schools": "स्कूल", "Media": "मीडिया",
	"What should our country do first?": "हमारे देश को सबसे पहले क्या करना चाहिए?", "Internet and me": "इंटरनेट और मैं",
}

var bengali = map[string]string{
	"Strongly disagree": "একেবারেই একমত নই", "Disagree": "একমত নই", "Neither agree nor disagree": "নিরপেক্ষ", "Agree": "একমত", "Strongly agree": "পুরোপুরি একমত",
	"Woman": "নারী", "Man": "পুরুষ", "Every day": "প্রতিদিন", "Sometimes": "মাঝে মাঝে", "Never": "কখনও না", "Something else": "অন্য কিছু",
	"Rather an opportunity": "বরং সুযোগ", "Rather a threat": "বরং হুমকি", "Both to the same degree": "দুটোই সমানভাবে", "Nothing": "কিছুই না",
	"Health": "স্বাস্থ্য", "Education": "শিক্ষা", "Farming": "কৃষি", "Governments": "সরকার", "Schools": "বিদ্যালয়", "Media": "গণমাধ্যম",
	"What should our country do first?": "আমাদের দেশের প্রথমে কী করা উচিত?", "Internet and me": "ইন্টারনেট ও আমি",
}

var japanese = map[string]string{
	"Strongly disagree": "まったく同意しない", "Disagree": "同意しない", "Neither agree nor disagree": "どちらでもない", "Agree": "同意する", "Strongly agree": "強く同意する",
	"Woman": "女性", "Man": "男性", "Every day": "毎日", "Sometimes": "ときどき", "Never": "まったくない", "Something else": "その他",
	"Rather an opportunity": "どちらかといえば機会", "Rather a threat": "どちらかといえば脅威", "Both to the same degree": "両方同じくらい", "Nothing": "何もない",
	"Health": "健康", "Education": "教育", "Farming": "農業", "Governments": "政府", "Schools": "学校", "Media": "メディア",
	"What should our country do first?": "私たちの国はまず何をすべきですか。", "Internet and me": "インターネットと私",
}

var russian = map[string]string{
	"Strongly disagree": "Совершенно не согласен", "Disagree": "Не согласен", "Neither agree nor disagree": "Ни то ни другое", "Agree": "Согласен", "Strongly agree": "Полностью согласен",
	"Woman": "Женщина", "Man": "Мужчина", "Every day": "Каждый день", "Sometimes": "Иногда", "Never": "Никогда", "Something else": "Что-то другое",
	"Rather an opportunity": "Скорее возможность", "Rather a threat": "Скорее угроза", "Both to the same degree": "И то и другое в равной мере", "Nothing": "Ничего",
	"Health": "Здоровье", "Education": "Образование", "Farming": "Сельское хозяйство", "Governments": "Правительства", "Schools": "Школы", "Media": "СМИ",
	"What should our country do first?": "Что наша страна должна сделать в первую очередь?", "Internet and me": "Интернет и я",
}

var chinese = map[string]string{
	"Strongly disagree": "非常不同意", "Disagree": "不同意", "Neither agree nor disagree": "中立", "Agree": "同意", "Strongly agree": "非常同意",
	"Woman": "女性", "Man": "男性", "Every day": "每天", "Sometimes": "有时", "Never": "从不", "Something else": "其他",
	"Rather an opportunity": "更多是机会", "Rather a threat": "更多是威胁", "Both to the same degree": "两者相同", "Nothing": "没有",
	"Health": "健康", "Education": "教育", "Farming": "农业", "Governments": "政府", "Schools": "学校", "Media": "媒体",
	"What should our country do first?": "我们国家首先应该做什么？", "Internet and me": "互联网与我",
}

var indonesian = map[string]string{
	"Strongly disagree": "Sangat tidak setuju", "Disagree": "Tidak setuju", "Neither agree nor disagree": "Netral", "Agree": "Setuju", "Strongly agree": "Sangat setuju",
	"Woman": "Perempuan", "Man": "Laki-laki", "Every day": "Setiap hari", "Sometimes": "Kadang-kadang", "Never": "Tidak pernah", "Something else": "Hal lain",
	"Rather an opportunity": "Lebih merupakan peluang", "Rather a threat": "Lebih merupakan ancaman", "Both to the same degree": "Keduanya sama", "Nothing": "Tidak ada",
	"Health": "Kesehatan", "Education": "Pendidikan", "Farming": "Pertanian", "Governments": "Pemerintah", "Schools": "Sekolah", "Media": "Media",
	"What should our country do first?": "Apa yang harus dilakukan negara kita lebih dulu?", "Internet and me": "Internet dan saya",
}
