package simulate

import "daybook.internal/domain"

// A comment is what a simulated person says, in the language in which it was written for this simulation. Nobody ever said it.
type comment struct {
	lang  domain.Lang
	text  string
	agree int // how many agree, per mille; of the others, two thirds disagree
}

// comments by topic: ten ideas in English, and others in the languages of the rooms.
var comments = map[domain.TopicID][]comment{
	topicMe: {
		{"en", "Without my phone I could not sell my vegetables, but every month the data costs more than the seeds.", 720},
		{"en", "My grandmother sees her grandchildren on the screen every Sunday. That alone makes it worth it.", 840},
		{"en", "I would like one day a week on which nobody expects an answer from me.", 560},
		{"en", "In our valley there is one place with a signal, and it is the roof of the school.", 610},
		{"en", "The internet has taught me my trade. Nobody else would have.", 640},
		{"en", "Old people need somebody patient next to them, and not another app.", 780},
		{"en", "Access should be a right like water, even where it does not pay.", 810},
		{"en", "I cannot read all that well. Everything should also speak.", 700},
		{"en", "Children should not own a phone before they are fourteen.", 430},
		{"en", "Whoever pays for the network decides who is on it. That is only fair.", 210},
		{"fr", "Chez nous, la connexion coupe quand il pleut, et l'école est en ligne.", 650},
		{"es", "Mi negocio vive de los mensajes, pero mi cabeza no descansa nunca.", 590},
		{"pt", "Sem internet meu filho não acompanha a escola.", 740},
		{"de", "Ich möchte Behördengänge auch weiterhin ohne Internet erledigen können.", 620},
		{"sw", "Bei ya data ni kubwa mno kwa wanafunzi.", 760},
		{"ar", "الإنترنت قرّبني من عائلتي في الخارج.", 800},
		{"hi", "गाँव में नेटवर्क अच्छा होगा तो युवा शहर नहीं जाएँगे।", 640},
		{"bn", "মেয়েদের জন্য অনলাইনে নিরাপদ জায়গা দরকার।", 790},
		{"ja", "使わない人も取り残されない社会がいい。", 770},
		{"ru", "Интернет должен быть доступен и в деревне.", 820},
		{"zh", "老年人需要更简单的服务。", 780},
		{"id", "Internet membantu saya belajar di malam hari.", 700},
	},
	topicData: {
		{"en", "I want to see on one page who knows what about me.", 850},
		{"en", "My data about my illness may help others. I would give it, if I am asked.", 690},
		{"en", "Nobody reads forty pages before pressing yes. That is not consent.", 880},
		{"en", "Data about a village belongs to the village.", 520},
		{"en", "Who earns money with my data should share it with me.", 600},
		{"en", "It should be as easy to leave as it was to join.", 860},
		{"en", "I have nothing to hide, so I do not care.", 190},
		{"en", "In an emergency the doctors should get everything, and afterwards it should be deleted.", 640},
		{"en", "What is public about me at twenty should not follow me at forty.", 740},
		{"en", "A small firm cannot keep the same rules as a giant.", 410},
		{"fr", "Je veux pouvoir dire non sans perdre le service.", 830},
		{"es", "Los datos de salud solo para la salud.", 760},
		{"pt", "Ninguém me perguntou nada, e mesmo assim sabem tudo.", 680},
		{"de", "Datensparsamkeit sollte die Voreinstellung sein.", 750},
		{"sw", "Tunataka kujua data zetu zinaenda wapi.", 810},
		{"ar", "يجب أن تكون الموافقة واضحة ومختصرة.", 820},
		{"hi", "हमारी भाषा में बताइए कि हमारा डेटा कहाँ जाता है।", 800},
		{"bn", "আমার অনুমতি ছাড়া আমার ছবি নয়।", 850},
		{"ja", "データは社会の役に立つなら共有してもよい。", 540},
		{"ru", "Удалить свои данные должно быть просто.", 830},
		{"zh", "数据应当留在需要它的地方。", 560},
		{"id", "Data pribadi anak harus dilindungi lebih ketat.", 870},
	},
	topicSphere: {
		{"en", "A rumour was in every phone of our street before the truth had put on its shoes.", 740},
		{"en", "Schools should teach how a picture can lie.", 860},
		{"en", "I do not want a company to decide what is true.", 630},
		{"en", "Show me why I see what I see.", 800},
		{"en", "Anonymous speech protects those who are in danger. Keep it.", 550},
		{"en", "Who shouts the loudest is shown the most. That is the real problem.", 770},
		{"en", "Local radio with a website did more for us than any platform.", 480},
		{"en", "People who spread lies on purpose should pay for it.", 650},
		{"en", "The state should keep out of it altogether.", 280},
		{"en", "I stopped sharing things that I have not read to the end.", 690},
		{"fr", "Il faut payer le travail des journalistes locaux.", 610},
		{"es", "Antes de compartir, contar hasta diez.", 730},
		{"pt", "Nos grupos da família é onde mais circula mentira.", 700},
		{"de", "Ein öffentliches soziales Netz ohne Werbung, das wäre etwas.", 520},
		{"sw", "Habari za uongo zinaumiza watu.", 860},
		{"ar", "التربية الإعلامية يجب أن تبدأ في المدرسة.", 840},
		{"hi", "झूठी ख़बर फैलाने से पहले सोचें।", 820},
		{"bn", "গুজব ঠেকাতে শিক্ষাই সবচেয়ে ভালো উপায়।", 810},
		{"ja", "匿名でも責任ある発言を。", 600},
		{"ru", "Платформы должны объяснять, почему показывают именно это.", 750},
		{"zh", "学校应该教大家辨别信息。", 830},
		{"id", "Saring sebelum membagikan.", 850},
	},
	topicAI: {
		{"en", "A machine may suggest, but a person must sign.", 860},
		{"en", "If it finds the tumour earlier, I do not care how it does it.", 580},
		{"en", "I want to be told when I am talking to a machine.", 890},
		{"en", "Those who lose their work should be trained before, and not after.", 770},
		{"en", "It learns from us, and we are not always kind.", 650},
		{"en", "Weapons that decide for themselves should be forbidden everywhere.", 830},
		{"en", "Every language should be in it, and mine is not.", 690},
		{"en", "Rules will only slow us down, others will not wait.", 240},
		{"en", "It should help the farmer to know when the rain comes.", 760},
		{"en", "Who is liable when it is wrong? Nobody could tell us.", 720},
		{"fr", "Il faut des règles communes à tous les pays.", 740},
		{"es", "Que la inteligencia artificial no decida sobre préstamos ni condenas.", 620},
		{"pt", "Quero saber quando é uma máquina que responde.", 860},
		{"de", "Erst prüfen, dann einsetzen.", 780},
		{"sw", "Teknolojia isaidie hospitali zetu.", 800},
		{"ar", "يجب أن يبقى القرار الأخير للإنسان.", 870},
		{"hi", "मशीन मदद करे, फ़ैसला इंसान करे।", 850},
		{"bn", "কৃত্রিম বুদ্ধিমত্তা যেন সবার কাজে লাগে।", 790},
		{"ja", "人手不足の地域を支えてほしい。", 710},
		{"ru", "Ответственность должна быть ясной.", 780},
		{"zh", "人工智能应当先用于医疗。", 690},
		{"id", "Aturan harus dibuat bersama warga.", 740},
	},
	topicOwn: {
		{"en", "An internet that a child can enter alone and come back from unharmed.", 830},
		{"en", "One where nobody has to be rich to be heard.", 800},
		{"en", "Ask us again next year, and tell us what came of it.", 880},
		{"en", "A world in which we are neighbours, without fences and with doors.", 640},
		{"en", "Slow where it should be slow: when it is about people.", 520},
		{"en", "That it belongs to nobody, like the sea.", 600},
		{"en", "Citizens at the table, not only in the audience.", 850},
		{"en", "An internet that forgets.", 490},
		{"en", "That my language is worth as much as any other.", 780},
		{"en", "That it uses no more energy than it must.", 660},
		{"fr", "Un internet qui rassemble au lieu de diviser.", 810},
		{"es", "Una red hecha por todos y para todos.", 800},
		{"pt", "Uma internet livre, segura e para todos.", 840},
		{"de", "Ein Netz, das uns dient und nicht umgekehrt.", 770},
		{"sw", "Intaneti salama kwa watoto wetu.", 860},
		{"ar", "إنترنت آمن ومفتوح للجميع.", 850},
		{"hi", "सबके लिए सस्ता और सुरक्षित इंटरनेट।", 860},
		{"bn", "সবার জন্য নিরাপদ ইন্টারনেট চাই।", 860},
		{"ja", "次の世代が安心して使えるインターネット。", 840},
		{"ru", "Интернет без ненависти.", 790},
		{"zh", "一个让所有人受益的互联网。", 820},
		{"id", "Internet yang aman dan jujur.", 830},
	},
}

// indecent stands for what moderators refuse. The simulation does not spell such things out.
const indecent = "[an insult against a person in the room; not spelled out in the simulation]"

// commentsIn are the comments on a topic in one of the languages; English ones where there are none.
func commentsIn(t domain.TopicID, lang domain.Lang) (found []comment) {
	for _, c := range comments[t] {
		if c.lang == lang {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return commentsIn(t, sourceLang)
	}
	return found
}
