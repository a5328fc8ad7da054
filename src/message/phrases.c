/* SPDX-License-Identifier: ISC */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "message/finder.h"
#include "message/phrases.h"

#define VACATION_BEGINNING 400  /* octets in which a robot says that it is one */
#define COUNT(table) (sizeof table / sizeof table[0])

/* ---- folding ------------------------------------------------------------ */

/* 0 for what is not to be seen. */
static gunichar
plain(gunichar c)
{
	if (c == '*' || c == 0x200b || c == 0xfeff || c == 0xad ||
	    (c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x2069))
		return 0;
	if (c == '\t' || c == '\r' || c == 0xa0 || c == 0x202f || c == 0x3000 ||
	    (c >= 0x2000 && c <= 0x200a))
		return ' ';
	if (c >= 0x660 && c <= 0x669)
		return '0' + (c - 0x660);
	if (c >= 0x6f0 && c <= 0x6f9)
		return '0' + (c - 0x6f0);
	if (c == 0xff1a || c == 0xfe55)
		return ':';
	if (c == 0x2019 || c == 0x2bc)
		return '\'';
	if (c == 0x130)                 /* the dotted I, whose small letter is two */
		return 'i';
	return g_unichar_tolower(c);
}

/* What an octet of ASCII becomes: a small letter, or itself; 0 for what has to
 * be looked at closer.  Filled at the first use. */
static unsigned char small[256];

static void
fill_small(void)
{
	int c;

	for (c = ' '; c < 127; c++)
		small[c] = (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	small['*'] = 0;
}

/* Fold the run of plain ASCII at *P into OUT, at most MAX octets, and move *P
 * behind it.  A blank after a blank ends it; LAST is what came before. */
static size_t
fold_run(char *out, const char **p, size_t max, char last)
{
	const char *at = *p;
	size_t n;

	if (small['a'] == 0)
		fill_small();
	for (n = 0; n < max; n++) {
		unsigned char c = small[(unsigned char)at[n]];

		if (c <= ' ' && (c == '\0' || (n > 0 ? out[n - 1] : last) == ' '))
			break;
		out[n] = (char)c;
	}
	*p = at + n;
	return n;
}

/* A blank, or what is like one. */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t
fold_line(char out[FOLD_MAX], const char *line, size_t len)
{
	const char *p = line, *end = line + len;
	size_t n = 0, left, room;
	char last = ' ';
	gunichar c;

	while (p < end && n < FOLD_MAX - 8) {
		left = (size_t)(end - p);
		room = FOLD_MAX - 8 - n;
		n += fold_run(out + n, &p, left < room ? left : room, last);
		if (p == end || n >= FOLD_MAX - 8)
			break;
		last = n > 0 ? out[n - 1] : ' ';
		c = g_utf8_get_char_validated(p, end - p);
		p = c < 0x110000 ? g_utf8_next_char(p) : p + 1;
		c = c >= 0x110000 ? '?' : c == '\n' ? ' ' : plain(c);
		if (c == 0 || (c == ' ' && last == ' '))
			continue;
		n += (size_t)g_unichar_to_utf8(c, out + n);
		last = c == ' ' ? ' ' : 'x';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}

/* ---- quotes ------------------------------------------------------------- */

static const char *const wrote[] = {
	"wrote", "writes", "schrieb", "schreibt", "geschrieben", "skrev",
	"skreiv", "skriver", "schreef", "schrijft", "geschreven", "écrit",
	"ecrit", "écrivait", "escribi", "escribe", "escreve", "escrito",
	"scritto", "scrisse", "scrive", "napisa", "napsal", "napísal",
	"píše", "piše", "pisze", "írta", "irta:", "kirjoitti", "kirjutas",
	"rašė", "parašė", "rakstīja", "a scris", "scris:", "написа", "напиша",
	"пишет", "пише", "писал", "пісаў", "напісаў", "навишт", "ёзди", "yozdi",
	"жазды", "жазған", "έγραψε", "γραψε", "yazdı", "yazdi", "yazmış",
	"đã viết", "menulis", "shkroi", "shkruajti", "idatzi", "escriure",
	"escrit", "ysgrifennodd", "scríobh", "skrifaði", "escribiu",
	"写道", "寫道", "写到", "書きました", "のメール", "からのメール", "작성",
	"썼습니다", "쓴 글", "เขียน", "כתב", "كتب", "نوشت", "ने लिखा", "লিখেছেন",
	"დაწერა", "გրել", "գրել է", "sumulat", "aliandika", "het geskryf",
	"skrywe", "said:", "message du", "sagte", "a envoyé", "hat am",
	"hat geschr",
};
static struct finder find_wrote = FINDER(wrote);

bool
phrase_wrote(const char *text)
{
	return finder_within(&find_wrote, text);
}

static const char *const on[] = {
	"on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "på ", "pe ",
	"dnia ", "w dniu ", "dne ", "dňa ", "v dne", "la data ", "în ", "în data",
	"в ", "во ", "на ", "дана ", "u ", "στις ", "την ", "ב-", "בתאריך", "ביום",
	"في ", "بتاريخ", "در ", "vào ", "pada ", "kl.", "kl ", "tarihinde",
	"il giorno", "in data", "a data", "no dia", "em qua", "a ", "fecha",
	"datum", "kirjutas", "mnamo", "noong", "ar ", "le:", "zo ", "ma ", "di ",
	"wo ", "do ", "vr ", "za ", "ons ", "tor ", "fre ", "lör", "sön", "mån",
	"tis ", "man.", "tir.", "ons.", "tors.", "fre.", "lør", "søn", "mandag",
	"tirsdag", "onsdag", "torsdag", "fredag", "lun", "mar", "mer", "jeu",
	"ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "gio", "sab",
	"seg", "ter", "qua", "qui", "sex", "pon", "wt", "śr", "czw", "pt", "sob",
	"niedz", "po ", "út ", "st ", "čt ", "pá ", "so ", "ne ", "пн", "вт",
	"ср", "чт", "пт", "сб", "вс", "нд", "понедельник", "вторник", "среда",
	"четверг", "пятница", "суббота", "воскресенье", "mon", "tue", "wed",
	"thu", "fri", "sat", "sun", "pzt", "sal", "çar", "per", "cum", "cmt",
	"paz", "ke ", "to ", "pe ", "la ", "su ", "ti ", "от ", "il y a",
	"date:", "дата:",
};
static struct finder find_on = FINDER(on);

bool
phrase_on(const char *text)
{
	return finder_begins(&find_on, text);
}

/* Names of header fields as mail programs translate them. */
static const struct {
	const char *name;
	enum quoted_field field;
} quoted_fields[] = {
	{ "from", QUOTED_FROM }, { "von", QUOTED_FROM }, { "de", QUOTED_FROM },
	{ "da", QUOTED_FROM }, { "van", QUOTED_FROM }, { "fra", QUOTED_FROM },
	{ "från", QUOTED_FROM }, { "lähettäjä", QUOTED_FROM },
	{ "od", QUOTED_FROM }, { "odesílatel", QUOTED_FROM },
	{ "odosielateľ", QUOTED_FROM }, { "feladó", QUOTED_FROM },
	{ "küldő", QUOTED_FROM }, { "de la", QUOTED_FROM },
	{ "expeditor", QUOTED_FROM }, { "expéditeur", QUOTED_FROM },
	{ "remitente", QUOTED_FROM }, { "remetente", QUOTED_FROM },
	{ "mittente", QUOTED_FROM }, { "absender", QUOTED_FROM },
	{ "afzender", QUOTED_FROM }, { "avsender", QUOTED_FROM },
	{ "avsändare", QUOTED_FROM }, { "afsender", QUOTED_FROM },
	{ "от", QUOTED_FROM }, { "от кого", QUOTED_FROM },
	{ "отправитель", QUOTED_FROM }, { "від", QUOTED_FROM },
	{ "від кого", QUOTED_FROM }, { "відправник", QUOTED_FROM },
	{ "ад", QUOTED_FROM }, { "аз", QUOTED_FROM }, { "фиристанда", QUOTED_FROM },
	{ "од", QUOTED_FROM }, { "пошиљалац", QUOTED_FROM },
	{ "šalje", QUOTED_FROM }, { "pošiljatelj", QUOTED_FROM },
	{ "από", QUOTED_FROM }, { "kimden", QUOTED_FROM },
	{ "gönderen", QUOTED_FROM }, { "kimdən", QUOTED_FROM },
	{ "saatja", QUOTED_FROM }, { "kellelt", QUOTED_FROM },
	{ "nuo", QUOTED_FROM }, { "no", QUOTED_FROM }, { "sūtītājs", QUOTED_FROM },
	{ "frá", QUOTED_FROM }, { "sendandi", QUOTED_FROM }, { "nga", QUOTED_FROM },
	{ "nork", QUOTED_FROM }, { "oddawca", QUOTED_FROM }, { "nadawca", QUOTED_FROM },
	{ "от:", QUOTED_FROM }, { "发件人", QUOTED_FROM }, { "寄件人", QUOTED_FROM },
	{ "寄件者", QUOTED_FROM }, { "差出人", QUOTED_FROM }, { "送信者", QUOTED_FROM },
	{ "보낸 사람", QUOTED_FROM }, { "보낸사람", QUOTED_FROM },
	{ "发信人", QUOTED_FROM }, { "จาก", QUOTED_FROM }, { "từ", QUOTED_FROM },
	{ "dari", QUOTED_FROM }, { "daripada", QUOTED_FROM }, { "من", QUOTED_FROM },
	{ "المرسل", QUOTED_FROM }, { "از", QUOTED_FROM }, { "فرستنده", QUOTED_FROM },
	{ "מאת", QUOTED_FROM }, { "שולח", QUOTED_FROM }, { "प्रेषक", QUOTED_FROM },
	{ "kimdan", QUOTED_FROM }, { "кімнен", QUOTED_FROM },
	{ "гониец", QUOTED_FROM }, { "подател", QUOTED_FROM },
	{ "გამგზავნი", QUOTED_FROM }, { "ումից", QUOTED_FROM },

	{ "sent", QUOTED_SENT }, { "date", QUOTED_SENT }, { "sent on", QUOTED_SENT },
	{ "gesendet", QUOTED_SENT }, { "datum", QUOTED_SENT },
	{ "gesendet am", QUOTED_SENT }, { "envoyé", QUOTED_SENT },
	{ "envoyé le", QUOTED_SENT }, { "envoye", QUOTED_SENT },
	{ "date d'envoi", QUOTED_SENT }, { "enviado", QUOTED_SENT },
	{ "enviado el", QUOTED_SENT }, { "enviada", QUOTED_SENT },
	{ "enviada em", QUOTED_SENT }, { "enviado em", QUOTED_SENT },
	{ "enviat", QUOTED_SENT }, { "data", QUOTED_SENT }, { "fecha", QUOTED_SENT },
	{ "inviato", QUOTED_SENT }, { "data invio", QUOTED_SENT },
	{ "verzonden", QUOTED_SENT }, { "verstuurd", QUOTED_SENT },
	{ "sendt", QUOTED_SENT }, { "dato", QUOTED_SENT }, { "skickat", QUOTED_SENT },
	{ "skickad", QUOTED_SENT }, { "lähetetty", QUOTED_SENT },
	{ "päivämäärä", QUOTED_SENT }, { "pvm", QUOTED_SENT },
	{ "wysłano", QUOTED_SENT }, { "wysłane", QUOTED_SENT },
	{ "odesláno", QUOTED_SENT }, { "odoslané", QUOTED_SENT },
	{ "elküldve", QUOTED_SENT }, { "küldve", QUOTED_SENT },
	{ "dátum", QUOTED_SENT }, { "trimis", QUOTED_SENT },
	{ "отправлено", QUOTED_SENT }, { "дата", QUOTED_SENT },
	{ "дата отправки", QUOTED_SENT }, { "надіслано", QUOTED_SENT },
	{ "відправлено", QUOTED_SENT }, { "изпратено", QUOTED_SENT },
	{ "послато", QUOTED_SENT }, { "poslano", QUOTED_SENT },
	{ "фиристода шуд", QUOTED_SENT }, { "сана", QUOTED_SENT },
	{ "ημερομηνία", QUOTED_SENT }, { "στάλθηκε", QUOTED_SENT },
	{ "απεστάλη", QUOTED_SENT }, { "tarih", QUOTED_SENT },
	{ "gönderildi", QUOTED_SENT }, { "gönderim tarihi", QUOTED_SENT },
	{ "saadetud", QUOTED_SENT }, { "kuupäev", QUOTED_SENT },
	{ "išsiųsta", QUOTED_SENT }, { "nosūtīts", QUOTED_SENT },
	{ "sent:", QUOTED_SENT }, { "发送时间", QUOTED_SENT },
	{ "寄件日期", QUOTED_SENT }, { "日期", QUOTED_SENT }, { "日付", QUOTED_SENT },
	{ "日時", QUOTED_SENT }, { "送信日時", QUOTED_SENT }, { "传送日期", QUOTED_SENT },
	{ "傳送日期", QUOTED_SENT }, { "时间", QUOTED_SENT },
	{ "보낸 날짜", QUOTED_SENT }, { "날짜", QUOTED_SENT },
	{ "วันที่", QUOTED_SENT }, { "ส่ง", QUOTED_SENT }, { "ngày", QUOTED_SENT },
	{ "đã gửi", QUOTED_SENT }, { "tanggal", QUOTED_SENT },
	{ "dikirim", QUOTED_SENT }, { "تاريخ", QUOTED_SENT },
	{ "التاريخ", QUOTED_SENT }, { "تم الإرسال", QUOTED_SENT },
	{ "تاريخ الإرسال", QUOTED_SENT }, { "تاریخ", QUOTED_SENT },
	{ "נשלח", QUOTED_SENT }, { "תאריך", QUOTED_SENT }, { "sendt den", QUOTED_SENT },
	{ "message du", QUOTED_SENT }, { "sent at", QUOTED_SENT },
	{ "received", QUOTED_SENT }, { "sendt dato", QUOTED_SENT },
	{ "dagsetning", QUOTED_SENT }, { "sent date", QUOTED_SENT },

	{ "to", QUOTED_TO }, { "an", QUOTED_TO }, { "à", QUOTED_TO },
	{ "a", QUOTED_TO }, { "para", QUOTED_TO }, { "aan", QUOTED_TO },
	{ "til", QUOTED_TO }, { "till", QUOTED_TO }, { "vastaanottaja", QUOTED_TO },
	{ "do", QUOTED_TO }, { "komu", QUOTED_TO }, { "pro", QUOTED_TO },
	{ "címzett", QUOTED_TO }, { "către", QUOTED_TO }, { "catre", QUOTED_TO },
	{ "pour", QUOTED_TO }, { "per", QUOTED_TO }, { "per a", QUOTED_TO },
	{ "destinatario", QUOTED_TO }, { "destinatário", QUOTED_TO },
	{ "destinataire", QUOTED_TO }, { "empfänger", QUOTED_TO },
	{ "кому", QUOTED_TO }, { "до", QUOTED_TO }, { "получатель", QUOTED_TO },
	{ "за", QUOTED_TO }, { "каму", QUOTED_TO }, { "ба", QUOTED_TO },
	{ "προς", QUOTED_TO }, { "kime", QUOTED_TO }, { "alıcı", QUOTED_TO },
	{ "kellele", QUOTED_TO }, { "saaja", QUOTED_TO }, { "kam", QUOTED_TO },
	{ "za", QUOTED_TO }, { "prima", QUOTED_TO }, { "收件人", QUOTED_TO },
	{ "收件者", QUOTED_TO }, { "宛先", QUOTED_TO }, { "받는 사람", QUOTED_TO },
	{ "받는사람", QUOTED_TO }, { "ถึง", QUOTED_TO }, { "tới", QUOTED_TO },
	{ "đến", QUOTED_TO }, { "kepada", QUOTED_TO }, { "إلى", QUOTED_TO },
	{ "الى", QUOTED_TO }, { "به", QUOTED_TO },
	{ "אל", QUOTED_TO }, { "लिए", QUOTED_TO }, { "gavėjas", QUOTED_TO },
	{ "kimə", QUOTED_TO }, { "nori", QUOTED_TO }, { "viðtakandi", QUOTED_TO },
	{ "adresat", QUOTED_TO }, { "odbiorca", QUOTED_TO },

	{ "subject", QUOTED_SUBJECT }, { "betreff", QUOTED_SUBJECT },
	{ "objet", QUOTED_SUBJECT }, { "sujet", QUOTED_SUBJECT },
	{ "asunto", QUOTED_SUBJECT }, { "assunto", QUOTED_SUBJECT },
	{ "oggetto", QUOTED_SUBJECT }, { "onderwerp", QUOTED_SUBJECT },
	{ "emne", QUOTED_SUBJECT }, { "ämne", QUOTED_SUBJECT },
	{ "aihe", QUOTED_SUBJECT }, { "temat", QUOTED_SUBJECT },
	{ "předmět", QUOTED_SUBJECT }, { "predmet", QUOTED_SUBJECT },
	{ "tárgy", QUOTED_SUBJECT }, { "subiect", QUOTED_SUBJECT },
	{ "assumpte", QUOTED_SUBJECT }, { "тема", QUOTED_SUBJECT },
	{ "тэма", QUOTED_SUBJECT }, { "мавзӯъ", QUOTED_SUBJECT },
	{ "мавзуъ", QUOTED_SUBJECT }, { "относно", QUOTED_SUBJECT },
	{ "наслов", QUOTED_SUBJECT }, { "naslov", QUOTED_SUBJECT },
	{ "zadeva", QUOTED_SUBJECT }, { "θέμα", QUOTED_SUBJECT },
	{ "konu", QUOTED_SUBJECT }, { "teema", QUOTED_SUBJECT },
	{ "tema", QUOTED_SUBJECT }, { "temats", QUOTED_SUBJECT },
	{ "主题", QUOTED_SUBJECT }, { "主旨", QUOTED_SUBJECT }, { "件名", QUOTED_SUBJECT },
	{ "标题", QUOTED_SUBJECT }, { "제목", QUOTED_SUBJECT },
	{ "เรื่อง", QUOTED_SUBJECT }, { "chủ đề", QUOTED_SUBJECT },
	{ "tiêu đề", QUOTED_SUBJECT }, { "perihal", QUOTED_SUBJECT },
	{ "subjek", QUOTED_SUBJECT }, { "الموضوع", QUOTED_SUBJECT },
	{ "موضوع", QUOTED_SUBJECT }, { "נושא", QUOTED_SUBJECT },
	{ "विषय", QUOTED_SUBJECT }, { "efni", QUOTED_SUBJECT },
	{ "gaia", QUOTED_SUBJECT }, { "mövzu", QUOTED_SUBJECT },
	{ "тақырып", QUOTED_SUBJECT }, { "mavzu", QUOTED_SUBJECT },
	{ "re", QUOTED_SUBJECT },

	{ "cc", QUOTED_OTHER }, { "bcc", QUOTED_OTHER }, { "reply-to", QUOTED_OTHER },
	{ "reply to", QUOTED_OTHER }, { "copie à", QUOTED_OTHER },
	{ "kopie", QUOTED_OTHER }, { "kopi", QUOTED_OTHER }, { "kopia", QUOTED_OTHER },
	{ "copia", QUOTED_OTHER }, { "копия", QUOTED_OTHER }, { "copie", QUOTED_OTHER },
	{ "copy", QUOTED_OTHER }, { "antwort an", QUOTED_OTHER },
	{ "répondre à", QUOTED_OTHER }, { "responder a", QUOTED_OTHER },
	{ "importance", QUOTED_OTHER }, { "priority", QUOTED_OTHER },
	{ "wichtigkeit", QUOTED_OTHER }, { "message-id", QUOTED_OTHER },
	{ "抄送", QUOTED_OTHER }, { "副本", QUOTED_OTHER }, { "참조", QUOTED_OTHER },
	{ "dw", QUOTED_OTHER }, { "kopio", QUOTED_OTHER }, { "másolat", QUOTED_OTHER },
	{ "κοιν", QUOTED_OTHER }, { "κοινοποίηση", QUOTED_OTHER }, { "bilgi", QUOTED_OTHER },
	{ "نسخة", QUOTED_OTHER }, { "עותק", QUOTED_OTHER }, { "kópia", QUOTED_OTHER },
	{ "копія", QUOTED_OTHER }, { "attachments", QUOTED_OTHER },
	{ "anlagen", QUOTED_OTHER }, { "organization", QUOTED_OTHER },
};

enum quoted_field
phrase_field(const char *text)
{
	const char *colon = strchr(text, ':');
	size_t n, i;

	if (colon == NULL || colon == text || colon - text > 48)
		return QUOTED_NONE;
	while (strchr(">|_ ", *text) != NULL)
		text++;
	if (colon <= text)
		return QUOTED_NONE;
	n = (size_t)(colon - text);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	for (i = 0; i < COUNT(quoted_fields); i++)
		if (quoted_fields[i].name[0] == text[0] &&
		    strncmp(quoted_fields[i].name, text, n) == 0 &&
		    quoted_fields[i].name[n] == '\0')
			return quoted_fields[i].field;
	return QUOTED_NONE;
}

/* Between dashes, or on a line alone. */
static const char *const original[] = {
	"original message", "original appointment", "forwarded message",
	"begin forwarded message", "forwarded by", "original email",
	"original e-mail", "message transmitted", "reply message",
	"replied message", "forwarded mail", "end of forwarded",
	"ursprüngliche nachricht", "ursprüngliche mail", "originalnachricht",
	"original-nachricht", "originalmail", "weitergeleitete nachricht",
	"anfang der weitergeleiteten", "weitergeleitet von", "urspr. nachricht",
	"message d'origine", "message original", "message originel",
	"message initial", "message transféré", "message réexpédié",
	"début du message", "message transmis", "mensaje original",
	"mensaje reenviado", "inicio del mensaje", "mensaje retransmitido",
	"mensagem original", "mensagem encaminhada", "mensagem reencaminhada",
	"início da mensagem", "messaggio originale", "messaggio inoltrato",
	"inizio messaggio", "inizio del messaggio", "missatge original",
	"missatge reenviat", "oorspronkelijk bericht", "oorspronkelijke bericht",
	"origineel bericht", "doorgestuurd bericht", "begin doorgestuurd",
	"opprinnelig melding", "opprinnelig e-post", "videresendt melding",
	"videresendt e-post", "oprindelig meddelelse", "oprindelig besked",
	"videresendt meddelelse", "videresendt besked", "start på videresendt",
	"ursprungligt meddelande", "originalmeddelande", "vidarebefordrat",
	"vidarebefordrat mejl", "begin vidarebefordrat", "alkuperäinen viesti",
	"välitetty viesti", "edelleenlähetetty", "upprunaleg skilaboð",
	"wiadomość oryginalna", "oryginalna wiadomość", "wiadomość przekazana",
	"przekazana wiadomość", "początek przekazanej", "original wiadomość",
	"původní zpráva", "původní e-mail", "přeposlaná zpráva",
	"začátek přeposílané", "pôvodná správa", "preposlaná správa",
	"eredeti üzenet", "továbbított üzenet", "továbbított levél",
	"mesaj original", "mesajul original", "mesaj redirecţionat",
	"mesaj redirecționat", "mesaj forwardat", "исходное сообщение",
	"пересылаемое сообщение", "пересланное сообщение",
	"пересылаемое письмо", "начало переадресованного",
	"переадресованное сообщение", "оригинальное сообщение",
	"первоначальное сообщение", "конец пересылаемого", "исходное письмо",
	"переслане повідомлення", "вихідне повідомлення",
	"початкове повідомлення", "оригінальне повідомлення",
	"пачатковае паведамленне", "паёми аслӣ", "номаи аслӣ",
	"паёми ирсолшуда", "оригинално съобщение", "оригинална порака",
	"препратено съобщение", "првобитна порука", "оригинална порука",
	"прослеђена порука", "izvorna poruka", "originalna poruka",
	"proslijeđena poruka", "prosleđena poruka", "izvorno sporočilo",
	"posredovano sporočilo", "αρχικό μήνυμα", "προωθημένο μήνυμα",
	"orijinal mesaj", "özgün ileti", "orjinal mesaj", "iletilmiş mesaj",
	"iletilen mesaj", "yönlendirilen", "algne kiri", "algne sõnum",
	"edastatud kiri", "originalus laiškas", "pradinis laiškas",
	"persiųstas laiškas", "pirmtext", "sākotnējā ziņa",
	"oriģinālā ziņa", "pārsūtīta ziņa", "原始邮件", "原始郵件", "原始信件",
	"转发邮件", "轉寄的郵件", "轉寄郵件", "转发的邮件", "转发的郵件",
	"以下是转发", "以下為轉寄", "原邮件", "转寄邮件", "元のメッセージ",
	"オリジナル メッセージ", "オリジナルメッセージ", "転送メッセージ",
	"転送されたメッセージ", "元のメール", "転送します", "원본 메시지", "원본메시지",
	"원본 메일", "전달된 메시지", "전달된 메일", "ข้อความต้นฉบับ",
	"ข้อความที่ส่งต่อ", "thư gốc", "tin nhắn gốc", "thư được chuyển tiếp",
	"pesan asli", "pesan terusan", "mesej asal", "الرسالة الأصلية",
	"رسالة أصلية", "الرسالة الاصلية", "رسالة معاد توجيهها",
	"رسالة محولة", "پیام اصلی", "پیام ارسال شده", "پیام بازارسال",
	"הודעה מקורית", "הודעה שהועברה", "ההודעה המקורית", "मूल संदेश",
	"अग्रेषित संदेश", "mezu originala", "birzalitako mezua", "mesazhi origjinal",
	"oorspronklike boodskap", "бастапқы хабарлама", "asl xabar",
	"orijinal məktub", "საწყისი წერილი", "mensaxe orixinal",
};
static struct finder find_original = FINDER(original);

bool
phrase_original(const char *text)
{
	return finder_within(&find_original, text);
}

bool
phrase_original_line(const char *text)
{
	size_t len = strlen(text);

	return finder_is(&find_original, text, len) ||
	    (len > 0 && len < 90 && finder_begins(&find_original, text) &&
	    (text[len - 1] == ':' || strstr(text, " by ") != NULL));
}

static const char *const reply_above[] = {
	"reply above this line", "type your reply above", "write above this line",
	"reply above", "reply above the line", "antworten sie oberhalb",
	"antworten sie über dieser", "antwort oberhalb dieser",
	"répondre au-dessus de cette", "responda por encima de esta",
	"responda encima de esta", "responda acima desta", "svar over denne linj",
	"skriv svaret ditt over", "antwoord boven deze", "rispondi sopra questa",
	"ответ выше этой", "пишите выше этой", "reply below this line",
};
static struct finder find_reply_above = FINDER(reply_above);

bool
phrase_reply_above(const char *text)
{
	text += strspn(text, "-=_#~> (");
	return strncmp(text, "please ", 7) == 0 ?
	    finder_begins(&find_reply_above, text + 7) :
	    finder_begins(&find_reply_above, text);
}

/* ---- telephones --------------------------------------------------------- */

static const char *const sent_from[] = {
	"sent from", "sent via", "sent on my", "sent on the go", "sent with",
	"sent by my", "sent using", "sent through", "sent through my",
	"get outlook for", "typed on my", "written on my", "sent mobile",
	"this message was sent from my", "this email was sent from my",
	"von meinem", "gesendet von", "gesendet mit", "gesendet über",
	"gesendet aus", "von iphone", "von unterwegs", "diese nachricht wurde von mein",
	"diese mail wurde von mein", "holen sie sich outlook",
	"outlook für", "envoyé de", "envoyé depuis", "envoyé à partir",
	"envoyé avec", "envoyé via", "envoyé par", "télécharger outlook",
	"obtenez outlook", "provenance : courrier", "enviado desde",
	"enviado con", "enviado de", "enviado do", "enviado a través",
	"enviado por", "enviado via", "enviado a partir", "obtener outlook",
	"obter o outlook", "obtenha o outlook", "inviato da", "inviato dal",
	"inviato con", "inviato tramite", "scarica outlook", "ottieni outlook",
	"enviat des", "enviat amb", "verzonden vanaf", "verzonden met",
	"verzonden via", "verstuurd vanaf", "verstuurd met", "verstuurd via",
	"outlook voor", "download outlook", "hent outlook", "skickat från",
	"skickad från", "skickat via", "skickat med", "skaffa outlook",
	"hämta outlook", "sendt fra", "sendt via", "sendt med", "sendt på",
	"få outlook", "lähetetty", "hanki outlook", "sent frá", "wysłane z",
	"wysłano z", "wysłane przez", "pobierz outlook", "pobierz program outlook",
	"odesláno z", "odesláno ze", "posláno z", "stáhnout outlook",
	"získat outlook", "odoslané z", "odoslane z", "poslané z",
	"trimis de pe", "trimis din", "trimis cu", "obțineți outlook",
	"отправлено из", "отправлено с", "отправлено от", "отправлено через",
	"отправлено мобил", "послано с", "послано из", "получить outlook",
	"скачать outlook", "написано с", "надіслано з", "надіслано із",
	"відправлено з", "відправлено із", "надіслано через",
	"отримати outlook", "адпраўлена", "дасланa з", "фиристода шуд аз",
	"аз телефон", "изпратено от", "изпратено с", "изпратено чрез",
	"послато са", "послато с", "poslano s", "poslano z", "poslano iz",
	"poslato sa", "испратено од", "στάλθηκε από", "στάλθηκε με",
	"αποστολή από", "εστάλη από", "saadetud", "išsiųsta iš",
	"siųsta iš", "nosūtīts no", "sūtīts no", "发自", "發自", "从我的",
	"從我的", "由我的", "来自", "來自", "寄自", "获取 outlook", "取得 outlook",
	"נשלח מ", "أرسلت من", "أُرسلت من", "مرسل من", "من الـ", "من جهاز", "ارسلت من", "تم الإرسال من",
	"أرسل من", "ارسال شده از", "فرستاده شده", "ارسال از", "được gửi từ",
	"gửi từ", "đã gửi từ", "dikirim dari", "dikirim melalui", "dihantar dari",
	"ส่งจาก", "nire iphone", "bidalia", "gestuur vanaf",
	"iphone-omról", "telefonomról", "iphone-ról", "mobilomról",
};
static struct finder find_sent_from = FINDER(sent_from);
static const char *const sent_from_ends[] = {
	"から送信", "からの送信", "에서 보냄", "에서 전송", "에서 보낸", "gönderildi",
	"gönderilmiştir.", "küldve", "küldve.", "küldték", "göndərilib",
	"yuborildi", "жіберілді", "se elküldve", "傳送", "发送", "發送",
};
/* What a telephone's line speaks of. */
static const char *const devices[] = {
	"phone", "iphon", "ipad", "ipod", "android", "samsung", "galaxy", "outlook",
	"yahoo", "mail", "blackberry", "windows", "huawei", "xiaomi", "redmi",
	"nokia", "mobil", "телефон", "смартфон", "tablet", "планшет", "gmx",
	"proton", "k-9", "spark", "verizon", "at&t", "t-mobile", "htc", "lg ",
	"sony", "xperia", "motorola", "moto ", "pixel", "thunderbird", "oneplus",
	"honor", "oppo", "почт", "пошт", "móvil", "cellulare", "telemóvel",
	"celular", "handy", "gsm", "mac", "posta", "device", "dispositivo",
	"appareil", "gerät", "apparaat", "puhelim", "telefon", "κινητό", "手机",
	"手機", "携帯", "휴대", "スマート", "הנייד", "طراز", "هاتف", "الهاتف",
	"جوال", "گوشی", "mi ", "lenovo", "wireless", "web.de", "aol", "nexus",
	"airmail", "newton", "boxer", "touchdown", "superhuman", "hey", "icloud",
	"go.onelink", "aka.ms", "3g", "4g", "droid", "handheld", "epost", "e-post",
	"яндекс", "palm",
};
static struct finder find_devices = FINDER(devices);

/* A quick look before: not in letters of ASCII, but for the Turkic "...i", "...b"
 * and the Hungarian "...e", "...k". */
static bool
ends_oddly(const char *text, size_t len)
{
	return strchr("ibek.", text[len - 1]) != NULL || (text[len - 1] & 0x80) != 0;
}

bool
phrase_sent_from(const char *text)
{
	size_t len, i, n;

	while (*text == '-' || *text == '_' || *text == ' ' || *text == '[' ||
	    *text == '(')
		text++;
	len = strlen(text);
	if (len < 4 || len > 200)
		return false;
	if (finder_begins(&find_sent_from, text))
		return finder_within(&find_devices, text);
	for (i = 0; i < COUNT(sent_from_ends) && ends_oddly(text, len); i++) {
		n = strlen(sent_from_ends[i]);
		if (len > n && (strcmp(text + len - n, sent_from_ends[i]) == 0 ||
		    (text[len - 1] == '.' && len > n + 1 &&
		    strncmp(text + len - n - 1, sent_from_ends[i], n) == 0)))
			return finder_within(&find_devices, text);
	}
	return false;
}

/* Closings that open nothing else: not "thanks", which begins many a mail. */
static const char *const closings[] = {
	"regards", "best regards", "kind regards", "warm regards",
	"with kind regards", "with best regards", "many regards", "best wishes",
	"with best wishes", "kindest regards", "warmest regards", "all the best",
	"sincerely", "yours sincerely", "sincerely yours", "yours faithfully",
	"yours truly", "respectfully", "yours respectfully", "in solidarity",
	"mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß",
	"freundliche grüße", "viele grüße", "liebe grüße", "beste grüße",
	"schöne grüße", "herzliche grüße", "mit besten grüßen", "mfg", "hochachtungsvoll",
	"cordialement", "bien cordialement", "bien à vous", "sincères salutations",
	"salutations", "meilleures salutations", "amicalement", "saludos",
	"saludos cordiales", "un saludo", "un cordial saludo", "atentamente",
	"cordialmente", "atenciosamente", "cumprimentos", "com os melhores cumprimentos",
	"melhores cumprimentos", "abraços", "cordiali saluti", "distinti saluti",
	"saluti", "un saluto", "met vriendelijke groet", "met vriendelijke groeten",
	"vriendelijke groeten", "groeten", "med vennlig hilsen", "vennlig hilsen",
	"beste hilsen", "mvh", "hilsen", "med venlig hilsen", "venlig hilsen",
	"med vänliga hälsningar", "vänliga hälsningar", "hälsningar",
	"ystävällisin terveisin", "terveisin", "z poważaniem", "pozdrawiam",
	"z wyrazami szacunku", "s pozdravem", "s pozdravom", "üdvözlettel",
	"tisztelettel", "cu stimă", "с уважением", "с наилучшими пожеланиями",
	"всего доброго", "з повагою", "з найкращими побажаннями", "с уважение",
	"поздрави", "s poštovanjem", "lep pozdrav", "бо эҳтиром", "бо эхтиром",
	"με εκτίμηση", "saygılarımla", "iyi çalışmalar", "lugupidamisega",
	"ar cieņu", "pagarbiai", "hormat saya", "salam", "trân trọng",
	"مع التحية", "مع خالص التحية", "با احترام", "בברכה", "此致", "敬具",
};
static struct finder find_closings = FINDER(closings);

bool
phrase_closing(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(",.!-", text[len - 1]) != NULL)
		len--;
	return finder_is(&find_closings, text, len);
}

/* What a mail gateway puts above mail that comes from outside. */
static const char *const banners[] = {
	"caution:", "caution external", "[caution", "[external", "external email",
	"external e-mail", "external message", "external sender", "warning: external",
	"warning: this email", "warning: this message", "[warning: ",
	"this email originated from outside", "this message originated from outside",
	"this email originated outside", "this message was sent from outside",
	"this email was sent from outside", "this is an external email",
	"this message is from an external", "this email is from an external",
	"you don't often get email from", "you don’t often get email from",
	"some people who received this message don't often get",
	"attention: this email", "attention : ce courriel", "attention : ce message provient",
	"ce courriel provient de l'extérieur", "ce message provient de l'extérieur",
	"courriel externe", "vous ne recevez pas souvent", "achtung: diese e-mail",
	"achtung: externe", "externe e-mail", "diese e-mail stammt von außerhalb",
	"diese nachricht stammt von einem externen", "sie erhalten nicht oft",
	"sie erhalten nicht häufig", "atención: este correo", "este correo electrónico se ha originado fuera",
	"no suele recibir correo", "precaución:", "mensagem externa", "e-mail externo",
	"attenzione: questa e-mail proviene", "email esterna", "non si ricevono spesso messaggi",
	"let op: deze e-mail", "deze e-mail is afkomstig van buiten", "u ontvangt niet vaak e-mail",
	"denne e-posten kommer fra", "ekstern e-post", "du får ikke ofte e-post",
	"obs! detta mejl", "externt mejl", "du får inte ofta e-post",
	"uwaga: wiadomość", "wiadomość zewnętrzna", "внешняя почта", "внешнее письмо",
	"внимание: письмо от внешнего", "внимание! это внешнее",
};
static struct finder find_banners = FINDER(banners);

bool
phrase_banner(const char *text)
{
	return finder_begins(&find_banners, text);
}

/* ---- robots ------------------------------------------------------------- */

static const char *const vacation[] = {
	"out of office", "out-of-office", "out of the office",
	"auto-reply", "autoreply", "auto reply", "automatic reply",
	"automated reply", "automatic response", "automated response",
	"auto response", "auto-response", "autoresponse", "autoresponder",
	"auto-responder", "vacation reply", "vacation notice", "vacation message",
	"autosvar", "automatisk svar", "automatisk svarmelding", "fraværsmelding",
	"fraværsbesked", "fraværsassistent",
	"ferie-svar", "frånvaromeddelande", "frånvaro",
	"automatiskt svar",
	"automaattinen vastaus", "poissaoloilmoitus",
	"sjálfvirkt svar", "abwesenheitsnotiz", "abwesenheit", "abwesend",
	"automatische antwort", "automatische rückantwort", "autoantwort",
	"urlaubsbenachrichtigung",
	"afwezigheidsbericht", "afwezigheid",
	"automatisch antwoord", "automatische reactie",
	"réponse automatique",
	"reponse automatique", "message d'absence", "absence du bureau",
	"absent du bureau", "notification d'absence", "absence prolongée",
	"respuesta automática",
	"respuesta automatica", "fuera de la oficina", "fuera de oficina",
	"ausencia de la oficina", "autorespuesta",
	"resposta automática", "resposta automatica", "fora do escritório",
	"ausência temporária", "ausente do escritório", "aviso de ausência",
	"resposta automàtica", "fora de l'oficina",
	"risposta automatica", "fuori ufficio", "fuori sede",
	"assenza dall'ufficio", "assente dall'ufficio", "autorisponditore",
	"automatyczna odpowiedź", "odpowiedź automatyczna",
	"autoodpowiedź", "poza biurem", "nieobecność", "nieobecnosc",
	"automatická odpověď", "automatická odpoveď",
	"mimo kancelář", "mimo kanceláriu", "nepřítomnost", "neprítomnosť",
	"automatikus válasz", "házon kívül", "irodán kívül",
	"răspuns automat", "raspuns automat", "în afara biroului",
	"automatski odgovor", "izvan ureda", "samodejni odgovor",
	"odsotnost", "аутоматски одговор", "автоматски одговор",
	"автоматичен отговор", "извън офиса", "автоответ", "автоматический ответ",
	"автоматическое уведомление", "вне офиса",
	"уведомление об отсутствии", "отсутствии на рабочем",
	"автовідповідь", "автоматична відповідь", "поза офісом",
	"аўтаадказ",
	"ҷавоби худкор", "ҷавоби автоматӣ", "посухи худкор",
	"avtomatik javob", "автоматты жауап",
	"avtomatik cavab", "αυτόματη απάντηση", "εκτός γραφείου",
	"απουσία από το γραφείο", "otomatik yanıt", "otomatik cevap",
	"ofis dışında", "ofis dışı", "automaatvastus",
	"kontorist väljas", "automātiskā atbilde", "automatiska atbilde",
	"automātiska atbilde", "arpus biroja", "ārpus biroja",
	"automatinis atsakymas", "automatinis atsakas", "ne biure",
	"自动回复", "自動回覆", "自動回復", "自動返信", "自动答复", "外出自动回复",
	"不在办公室", "不在辦公室", "自動応答", "不在通知", "不在のお知らせ",
	"자동 회신", "자동회신", "자동 응답", "자동응답", "부재중", "부재 중",
	"การตอบกลับอัตโนมัติ", "ตอบกลับอัตโนมัติ", "ไม่อยู่ที่สำนักงาน",
	"trả lời tự động", "thư trả lời tự động", "tự động trả lời",
	"balasan otomatis", "jawaban otomatis", "balasan automatik",
	"di luar kantor", "رد تلقائي", "الرد التلقائي", "رد آلي", "خارج المكتب",
	"پاسخ خودکار", "خارج از دفتر", "תשובה אוטומטית", "מענה אוטומטי",
	"מחוץ למשרד", "स्वचालित उत्तर", "ავტომატური პასუხი", "ինքնաշխատ պատասխան",
	"erantzun automatikoa", "ateb awtomatig", "freagra uathoibríoch",
	"përgjigje automatike", "outomatiese antwoord", "jibu la kiotomatiki",
};
static struct finder find_vacation = FINDER(vacation);

static const char *const vacation_begins[] = {
	"read: ", "not read: ", "read receipt", "return receipt", "gelesen: ",
	"nicht gelesen: ", "ungelesen", "lest: ", "ikke lest", "læst: ", "läst: ",
	"lu : ", "lu: ", "non lu", "leído: ", "no leído: ", "letto: ", "lida: ",
	"gelezen: ", "прочтено: ", "прочитано: ", "не прочтено", "не прочитано",
	"уведомление о прочтении", "[request received", "[ticket", "[case #",
	"[заявка", "auto:", "ooo:", "ooo ", "[ooo]", "[auto", "(auto", "away:", "absence:",
	"absent:", "vacation:", "holiday:", "urlaub:", "abwesend", "abwesenheit",
	"ferie:", "fravær:", "отпуск:", "отсутствую", "vacances:", "vacaciones:",
};
static struct finder find_vacation_begins = FINDER(vacation_begins);

bool
phrase_vacation(const char *subject)
{
	return finder_begins(&find_vacation_begins, subject) ||
	    finder_within(&find_vacation, subject);
}

static const char *const absent[] = {
	"away from my mail", "away from the office", "away from office",
	"i am away", "i'm away", "on vacation", "on holiday",
	"on annual leave", "on leave until", "currently unavailable", "away until", "ikke til stede",
	"ikke på kontoret", "ute av kontoret", "ej på kontoret",
	"inte på kontoret", "poissa toimistosta", "nicht im büro",
	"nicht im haus", "im urlaub", "bin im urlaub", "außer haus", "afwezig",
	"niet aanwezig", "niet op kantoor", "je suis absent", "en congés",
	"de vacaciones", "de férias", "in ferie", "jestem na urlopie",
	"szabadságon", "odsutan", "нахожусь в отпуске", "нет в офисе",
	"нет на месте", "я в отпуске", "я отсутствую", "в отпуске до",
	"відсутній на роботі", "перебуваю у відпустці", "дар рухсатӣ",
	"дар рухсати", "izindeyim",
};
static struct finder find_absent = FINDER(absent);

bool
phrase_absent(const char *subject)
{
	return finder_within(&find_absent, subject);
}

static const char *const bounce[] = {
	"undelivered mail returned", "mail delivery failed",
	"mail delivery failure", "delivery status notification",
	"delivery failure", "delivery failed", "delivery has failed",
	"returned mail", "undeliverable", "mail system error",
	"failure notice", "undelivered", "message delivery failure",
	"could not be delivered", "delivery notification", "delivery report",
	"mail could not be delivered", "mail undeliverable",
	"returned to sender", "mail returned", "nondeliverable mail",
	"mail delivery warning", "mail failed", "failed mail", "mail failure",
	"error during delivery", "error sending your mail", "user unknown",
	"processing error", "mail delivery problem", "delivery problem",
	"warning: message", "delayed mail", "message delayed",
	"delivery delayed", "delivery incomplete", "unzustellbar",
	"nicht zustellbar", "zustellung fehlgeschlagen", "échec de la remise",
	"non remis", "échec de remise", "no se puede entregar",
	"no se puede enviar", "mensaje no entregado",
	"não foi possível entregar", "não entregue", "impossibile recapitare",
	"mancato recapito", "onbestelbaar", "niet bezorgd", "kan ikke leveres",
	"ikke levert", "ikke leveret", "går inte att leverera",
	"olevererat", "kan inte levereras", "ei voi toimittaa",
	"nie można dostarczyć", "niedostarczona", "nedoručitelná",
	"kézbesíthetetlen", "не доставлено", "недоставленное", "не удалось доставить",
	"не может быть доставлено", "не доставлен", "сбой доставки",
	"недоставлене", "teslim edilemedi", "iletilemedi", "退信", "无法传递",
	"未送达", "配信不能", "配信できません", "배달되지 않음", "배달 못함", "전송 실패",
};
static struct finder find_bounce = FINDER(bounce);

static const char *const robots[] = {
	"vacation", "autorespond", "auto-respond", "autoreply", "auto-reply",
	"ooftemplate", "mailbox rules agent", "holiday",
};
static struct finder find_robots = FINDER(robots);

bool
phrase_robot(const char *program)
{
	return finder_within(&find_robots, program);
}

bool
phrase_bounce(const char *subject)
{
	return finder_within(&find_bounce, subject);
}

static const char *const challenge[] = {
	"please verify your message", "please confirm your message",
	"please confirm your email to", "verify your email to",
	"sender verification", "verification required", "confirm your identity",
	"waiting for your verification", "verify yourself", "message held",
	"[challenge]", "challenge message", "human verification", "spamarrest",
	"spam arrest", "action required to deliver", "please confirm (conf#",
	"(verification required)", "confirm message delivery", "boxbe",
	"confirm that you sent", "request to confirm message", "earthlink spamblocker",
	"your message requires confirmation", "подтвердите, что вы", "antispam:",
	"authorize your email", "sender authentication", "[ignored] your message",
	"mailblocks", "needs confirmation before", "unconfirmed: ",
};
static struct finder find_challenge = FINDER(challenge);
static const char *const challenge_words[] = {
	"challenge/response", "challenge-response", "to confirm that you are a human",
	"prove that you are human", "prove you are human", "prove you're human",
	"verify that you are a real person", "to verify that you sent",
	"confirm that you are a real person", "i am protecting myself from receiving junk",
	"your message will be delivered once you", "has been quarantined until you",
	"before your message is delivered", "before your message can be delivered",
	"in order for your message to be delivered", "to complete this verification",
	"to have your message delivered", "to release your message",
	"click the link below to be added to", "has been waitlisted", "approved senders list",
	"approved sender list", "approved-sender", "sender approval",
	"not yet on my", "is not on my approved", "is not on my list of",
	"one-time confirmation", "one-time verification", "one time authentication",
	"your mail has not been delivered yet", "your email has not been delivered yet",
	"your message is being held", "message has been held", "verify that your email is not spam",
	"unknown senders", "anti-spam system which requires", "spam protection service which requires",
	"verification of all unknown", "requires senders to verify",
	"requires all senders to verify", "requires new senders",
};
static struct finder find_challenge_words = FINDER(challenge_words);

bool
phrase_challenge(const char *subject)
{
	return finder_within(&find_challenge, subject);
}

void
fold_text(char out[FOLD_TEXT_MAX], const char *text)
{
	char last = ' ';
	size_t n = 0;

	for (;;) {
		n += fold_run(out + n, &text, FOLD_TEXT_MAX - 1 - n, last);
		if (n == FOLD_TEXT_MAX - 1 || *text == '\0')
			break;
		last = n > 0 ? out[n - 1] : ' ';
		if (!is_blank(*text))
			out[n++] = last = *text;
		else if (last != ' ')
			out[n++] = last = ' ';
		text++;
	}
	out[n] = '\0';
}

bool
phrase_challenge_body(const char *folded)
{
	return finder_within_first(&find_challenge_words, folded, FOLD_TEXT_MAX);
}

static const char *const vacation_words[] = {
	"i am out of the office", "i'm out of the office", "i am out of office",
	"i will be out of the office", "i'll be out of the office",
	"i will be out of office", "i am currently out of", "i'm currently out of",
	"i am currently away", "i'm currently away", "i am away from my",
	"i am away from the",
	"i am currently on leave", "i am on annual leave", "i am on vacation until",
	"i am on holiday until", "i am on leave until", "i will be away from",
	"currently out of the office", "i am on maternity leave",
	"i am on parental leave", "i am on paternity leave", "i am on sick leave",
	"has left the company", "has left the organi", "limited access to email",
	"limited access to e-mail", "limited access to my e",
	"we have received your message", "we have received your e",
	"we have received your request", "we will get back to you",
	"please type your reply above this line", "please reply to this mail so that",
	"your e-mail was blocked", "your email was blocked",
	"was classified as spam", "a virus was detected", "mailbox is full and can", "this is an automatic reply",
	"this is an automated", "this is an automatic", "this is an auto-generated",
	"this is an autoreply", "this message was automatically generated",
	"this message was created automatically", "automatically generated message",
	"this email was generated automatically", "this e-mail was generated automatically",
	"do not reply to this e", "please do not reply to this",
	"this mailbox is not monitored", "this mailbox is no longer monitored",
	"this email address is no longer in use", "no longer works at",
	"no longer with the company", "is no longer employed",
	"your request has been received and", "a ticket has been created",
	"has been assigned ticket", "ich bin nicht im b", "ich bin zurzeit nicht",
	"ich bin derzeit nicht", "ich bin momentan nicht", "ich bin im urlaub",
	"ich bin bis zum", "ich bin ab dem", "ich befinde mich im urlaub",
	"ich bin au\xc3\x9f" "er haus", "nicht im b\xc3\xbcro", "wird nicht weitergeleitet", "dies ist eine automati", "dies ist eine automatisch",
	"diese nachricht wurde automatisch", "je suis absent", "je suis actuellement absent",
	"je serai absent", "je suis en cong", "ceci est un message automatique",
	"ceci est une r\xc3\xa9ponse automatique", "je suis en vacances",
	"estoy fuera de la oficina", "me encuentro fuera", "estar\xc3\xa9 fuera de",
	"estoy de vacaciones", "este es un mensaje autom", "esta es una respuesta autom",
	"estou fora do escrit", "estarei fora", "estou ausente", "estou de f\xc3\xa9rias",
	"esta \xc3\xa9 uma resposta autom", "esta \xc3\xa9 uma mensagem autom",
	"sono fuori ufficio", "sar\xc3\xb2 assente", "sono assente", "sono in ferie",
	"questo \xc3\xa8 un messaggio automatico", "ik ben afwezig", "ik ben niet aanwezig",
	"ik ben momenteel niet", "ik ben op vakantie", "dit is een automatisch",
	"jeg er ikke til stede", "jeg er ute av kontoret", "jeg er p\xc3\xa5 ferie",
	"jeg er ikke p\xc3\xa5 kontoret", "jeg har ferie", "jeg er bortreist",
	"n\xc3\xa5r jeg er tilbake", "vi har mottatt e-post", "vi har mottatt din", "dette er en automatisk",
	"dette er et automatisk", "dette er eit automatisk", "jag \xc3\xa4r inte p\xc3\xa5 kontoret",
	"jag \xc3\xa4r p\xc3\xa5 semester", "jag har semester", "detta \xc3\xa4r ett automatiskt",
	"olen lomalla", "olen poissa", "t\xc3\xa4m\xc3\xa4 on automaattinen",
	"jestem na urlopie", "przebywam na urlopie", "jestem nieobecn",
	"to jest automatyczna", "wiadomo\xc5\x9b\xc4\x87 wygenerowana automatycznie",
	"nejsem v kancel", "jsem na dovolen", "szabads\xc3\xa1gon vagyok",
	"sunt \xc3\xaen concediu", "я в отпуске", "Я в отпуске", "нахожусь в отпуске",
	"Нахожусь в отпуске", "буду отсутствовать", "меня нет в офисе", "Меня нет в офисе",
	"вне офиса", "нахожусь в командировке", "Нахожусь в командировке",
	"в командировке и не могу", "автоматическое сообщение", "Автоматическое сообщение",
	"обращение зарегистрировано", "заявка зарегистрирована", "обращение принято",
	"подтвердить, что вы не робот", "avtomatik javob", "это автоматический ответ", "Это автоматический ответ",
	"сообщение сгенерировано автоматически", "Сообщение сформировано автоматически",
	"письмо сформировано автоматически", "сообщение создано автоматически",
	"не отвечайте на это письмо", "не отвечать на это письмо",
	"перебуваю у відпустці", "Я у відпустці", "дар рухсатӣ ҳастам", "дар рухсати ҳастам",
	"ин ҷавоби худкор", "Ин ҷавоби худкор", "ofis dışındayım", "izinli olduğum",
	"είμαι εκτός γραφείου", "Είμαι εκτός γραφείου", "我不在办公室", "正在休假", "这是一封自动回复",
	"此邮件为自动", "系统自动", "自動返信です", "自動的に返信", "자동으로 발송", "부재중입니다",
	"هذا رد تلقائي", "أنا خارج المكتب", "این یک پاسخ خودکار",
};
static struct finder find_vacation_words = FINDER(vacation_words);

bool
phrase_vacation_body(const char *folded)
{
	return finder_within_first(&find_vacation_words, folded, VACATION_BEGINNING);
}

static const char *const bounce_words[] = {
	"could not be delivered to", "was not delivered to", "undeliverable to",
	"delivery to the following recipient", "delivery to these recipients",
	"permanent fatal errors", "permanent error. the following address",
	"i wasn't able to deliver your message", "wasn't able to deliver",
	"following addresses had", "this is the mail system at host",
	"unable to deliver your message", "unable to deliver message to",
	"your message did not reach", "message was undeliverable",
	"your message wasn't delivered", "address not found", "user unknown",
	"delivery has failed to these", "mailbox is full", "mailbox unavailable",
	"the following message could not be delivered", "failed permanently",
	"this is a permanent error", "recipient address rejected",
	"could not deliver message", "failed recipient", "no such user",
	"invalid user address", "has been postponed due to",
	"message could not be delivered", "the following recipient(s) could not be reached",
	"did not reach the following recipient", "message has not been delivered",
	"не может быть доставлено", "не удалось доставить", "не было доставлено",
};
static struct finder find_bounce_words = FINDER(bounce_words);

bool
phrase_bounce_body(const char *folded)
{
	return finder_within_first(&find_bounce_words, folded, FOLD_TEXT_MAX);
}
