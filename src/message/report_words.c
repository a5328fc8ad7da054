/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "message/finder.h"
#include "message/report_words.h"

/* ---- reasons ------------------------------------------------------------ */

static const char *const hard[] = {
	"user unknown", "unknown user", "user is unknown", "unknown recipient",
	"recipient unknown", "recipient is unknown", "unknown address",
	"address unknown", "unknown account", "unknown mailbox", "mailbox unknown",
	"unknown local part", "unknown local-part", "unknown or illegal alias",
	"unknown or invalid", "unknown rcpt", "unrouteable address",
	"unrouteable mail domain", "unroutable address", "no such user",
	"no such recipient", "no such address", "no such mailbox",
	"no such account", "no such person", "no such domain", "no such local",
	"no such host", "no user with this", "no valid recipient",
	"no mailbox here", "no mailbox by that name", "no account by that name",
	"no user by that name", "no one by that name",
	"user does not exist", "user doesn't exist", "user not exist",
	"user not found", "user no found", "user invalid", "invalid user",
	"user not known", "not a known user", "not known at this site",
	"is not a valid user", "is not a known", "is not a valid mailbox",
	"not a valid mailbox", "is not a valid recipient",
	"is not listed in", "not listed in domino", "not listed in public",
	"address does not exist", "address doesn't exist",
	"addresses does not exist", "account does not exist",
	"account doesn't exist", "account is disabled", "account disabled",
	"account has been disabled", "account is inactive", "account inactive",
	"account is not active", "account has been suspended",
	"account is suspended", "account suspended", "account expired",
	"account has expired", "account closed", "account has been closed",
	"account deactivated", "account is deactivated", "account unavailable",
	"account that you tried to reach does not exist",
	"account that you tried to reach is disabled",
	"account that you tried to reach is inactive", "account not found",
	"mailbox does not exist", "mailbox doesn't exist", "mailbox not found",
	"mailbox is disabled", "mailbox disabled", "mailbox inactive",
	"mailbox is inactive", "mailbox unavailable or access denied",
	"recipient does not exist", "recipient doesn't exist",
	"recipient not found", "recipient not exist",
	"recipient name is not recognized", "recipnotfound",
	"recipient no longer", "recipient is not local",
	"recipient cannot be verified", "could not verify recipient",
	"recipient address rejected: undeliverable", "invalid recipient",
	"invalid mailbox", "invalid address", "invalid rcpt",
	"invalid final delivery userid", "bad destination mailbox",
	"bad destination system", "bad recipient", "non-existent user",
	"nonexistent user", "nonexistent mailbox", "nonexistent address",
	"nonexistent recipient", "non-existent recipient",
	"not a valid user", "this user doesn't have a", "does not have a",
	"couldn't be found or is invalid", "wasn't found at",
	"couldn't be found", "has no mailbox", "address not found",
	"email address could not be found", "e-mail address could not be found",
	"address you entered couldn't be found", "is no longer on server",
	"no longer on server", "no longer valid", "no longer in use",
	"no longer available", "no longer accepting mail", "has moved to",
	"host unknown", "unknown host", "host not found", "domain not found",
	"unknown domain", "domain does not exist", "domain doesn't exist",
	"name or service not known", "name service error for name",
	"name server: host not found", "couldn't find any host",
	"couldn't find any host by that name", "no mx or a records",
	"no mail exchanger", "domain name not found", "non-existent domain",
	"nonexistent domain", "nxdomain", "does not accept mail (nullmx)",
	"null mx", "illegal host/domain name", "bad host/domain",
	"list of users does not", "not our customer", "is not our customer",
	"disabled or discontinued", "discontinued", "has been disabled",
	"deactivated", "user suspended", "user disabled",
	"user has left", "inactive user", "unknown in virtual",
	"550 unknown", "bad address", "mailbox not available", "mailbox unavailable", "does not accept mail",
	"domain is not reachable", "does not like recipient",
	"#5.1.1", "unbekannter empf", "unbekannter benutzer", "empf\xc3\xa4nger unbekannt",
	"existiert nicht", "wurde nicht gefunden", "utilisateur inconnu",
	"adresse inconnue", "destinataire inconnu", "n'existe pas",
	"usuario desconocido", "no existe", "usu\xc3\xa1rio desconhecido",
	"n\xc3\xa3o existe", "utente sconosciuto", "non esiste",
	"indirizzo inesistente", "gebruiker onbekend", "bestaat niet",
	"ukjent mottaker", "ukjent bruker", "finnes ikke", "findes ikke",
	"finns inte", "nie istnieje", "neexistuje", "нет такого пользователя",
	"пользователь не найден", "не существует", "адрес не найден",
	"ящик не найден", "не найден", "користувача не знайдено",
	"不存在", "用户不存在", "找不到", "存在しません", "見つかりません", "宛先不明",
	"존재하지", "kullanıcı bulunamadı", "bulunamad",
};
static struct finder find_hard = FINDER(hard);

static const char *const soft[] = {
	"mailbox full", "mailbox is full", "mailbox's full", "mailbox too full",
	"full mailbox", "inbox is full", "box is full", "over quota",
	"overquota", "over-quota", "quota exceeded", "exceeded quota",
	"exceeded his/her quota", "exceeds quota", "exceed the quota",
	"exceeded the quota", "quota violation", "quota has been", "quota full",
	"out of storage", "storage quota", "storage limit", "storage space",
	"insufficient storage", "insufficient space", "not enough storage",
	"not enough space", "no space left", "insufficient disk",
	"insufficient system", "disk quota", "disk full", "user is over",
	"mailbox size limit", "mailbox exceeds", "mailbox exceeded",
	"mailbox has exceeded", "mailbox would exceed", "would exceed",
	"exceeds allowed size", "exceeded the local limit",
	"exceeded storage", "exceeded limit", "limit exceeded",
	"maximum mailbox", "mail box full", "message too large",
	"message is too large", "message too big", "message size exceeds",
	"message file too big", "exceeds maximum", "exceeds the maximum",
	"exceeds size", "size limit", "size exceed", "too large", "too many hops",
	"hop count", "mail loop", "loop detected", "loops back",
	"routing loop", "mail forwarding loop", "timed out", "timeout",
	"time out", "time-out", "connection refused", "refused connection",
	"connection reset", "connection lost", "lost connection",
	"connection dropped", "connection failed", "could not connect",
	"cannot connect", "can't connect", "unable to connect",
	"couldn't connect", "wasn't able to establish", "no route to host",
	"network is unreachable", "network error", "host unreachable",
	"destination host", "not reachable", "unreachable",
	"try again later", "please try again", "try later",
	"temporarily", "temporary", "temp_failure", "deferred",
	"greylist", "graylist", "greylisted", "has been in the queue too long",
	"been in queue too long", "retry timeout", "retry time not",
	"hosts have been failing", "expired", "too busy", "too many connections",
	"service unavailable", "service not available", "server is busy",
	"local configuration error", "local error", "internal error",
	"internal server", "configuration error", "mailbox busy",
	"mailbox is locked", "resources", "system error", "i/o error",
	"postfach voll", "postfach ist voll", "posteingang ist voll",
	"speicherplatz", "bo\xc3\xaete aux lettres pleine", "bo\xc3\xaete pleine",
	"est pleine", "buz\xc3\xb3n lleno", "buz\xc3\xb3n est\xc3\xa1 lleno",
	"caixa de correio cheia", "casella piena", "mailbox is vol",
	"postkassen er full", "skrzynka pe\xc5\x82na", "ящик переполнен",
	"переполнен", "превышена квота", "邮箱已满", "メールボックスがいっぱい",
	"容量", "kutusu dolu",
};
static struct finder find_soft = FINDER(soft);

static const char *const fault[] = {
	"spam", "unsolicited", "bulk mail", "bulk email", "junk mail",
	"blacklist", "black list", "blocklist", "block list", "blackhole",
	"denylist", "blocked", "banned", "rbl", "dnsbl", "spamhaus", "spamcop",
	"sorbs", "uribl", "surbl", "barracuda", "senderbase", "reputation",
	"dmarc", "sender policy framework", "spf check", "spf fail",
	"spf record", "spf:", "(spf)", "dkim", "unauthenticated email",
	"not authenticated", "domain of sender", "sender domain",
	"sender verify failed", "sender verification", "sender address rejected",
	"sender rejected", "sender denied", "sender is not", "sender not",
	"bad sender", "invalid sender", "unknown sender", "unresolvable sender",
	"mail from address", "mail from domain", "return address",
	"reverse dns", "ptr record", "rdns", "ptr lookup", "reverse lookup",
	"no ptr", "without ptr", "cannot find your hostname",
	"cannot find your reverse", "client host rejected", "client host blocked",
	"helo command rejected", "invalid helo", "helo name",
	"access denied", "access deny", "administrative prohibition",
	"administratively", "administrator policy", "policy",
	"policies", "security reason", "prohibited", "forbidden",
	"not permitted", "not allowed", "not authorized", "unauthorized",
	"not authorised", "relay denied", "relaying denied",
	"relaying not", "relaying is", "unable to relay",
	"relay access denied", "relay not permitted", "mail relay",
	"we do not relay", "rejected by content", "content rejected",
	"content filter", "message content", "message contains",
	"message rejected as", "rejected due to", "rejected for",
	"restricted attachment", "attachment", "virus", "malware", "phish",
	"infected", "rate limit", "ratelimit", "too many messages",
	"too many mails", "too many recipients", "exceeded the rate",
	"throttl", "not rfc", "rfc 5322", "rfc 2822", "rfc5322", "rfc2822",
	"non-compliant", "syntax error", "bad header", "missing header",
	"multiple from", "duplicate header", "suspicio", "abuse",
	"you are not", "authentication required",
	"must issue a starttls", "tls required", "encryption required",
	"use the smtp server of your isp", "dynamic ip", "residential",
	"bad reputation", "poor reputation", "low reputation", "complaint",
	"spamverdacht", "abgelehnt aufgrund", "richtlinie", "sicherheits",
	"rejet\xc3\xa9 car", "spamver", "lista negra", "pol\xc3\xadtica",
	"спам", "заблокирован", "политик", "垃圾邮件", "迷惑メール",
};
static struct finder find_fault = FINDER(fault);

/* Said of the mailbox in words that no filter uses; "rejected by policy" may
 * well stand beside them. */
static const char *const plainly_hard[] = {
	"user unknown", "unknown user", "no such user", "no such recipient",
	"no such mailbox", "no such address", "user not found",
	"recipient not found", "recipnotfound", "unknown recipient",
	"does not exist", "doesn't exist", "mailbox not found", "invalid recipient",
	"address not found", "host or domain name not found", "nullmx",
};
static struct finder find_plainly_hard = FINDER(plainly_hard);

static const char *const plainly_full[] = {
	"mailbox full", "mailbox is full", "over quota", "overquota",
	"quota exceeded", "exceeded quota", "mailbox size limit", "disk quota",
	"out of storage", "mailbox exceeds", "mailbox has exceeded",
};
static struct finder find_plainly_full = FINDER(plainly_full);

/* Words of a filter that mean the mailbox: a directory without that name. */
static const char *const meant_hard[] = {
	"recipient address rejected: access denied", "resolver.adr.recip",
	"resolver.adr.exrecip",
};
static struct finder find_meant_hard = FINDER(meant_hard);

enum fate
words_fate(const char *text)
{
	bool ours = finder_within(&find_fault, text);

	if (finder_within(&find_meant_hard, text))
		return FATE_HARD;
	if (finder_within(&find_plainly_full, text))
		return FATE_SOFT;
	if (!ours && finder_within(&find_plainly_hard, text))
		return FATE_HARD;
	if (ours)
		return FATE_FAULT;
	if (finder_within(&find_soft, text))
		return FATE_SOFT;
	return finder_within(&find_hard, text) ? FATE_HARD : FATE_NONE;
}

/* ---- the frame ---------------------------------------------------------- */

static const char *const intro[] = {
	"following address", "following recipient", "following user",
	"following mailbox", "following e-mail", "following email",
	"following destination", "following person", "following people",
	"following group", "following distribution", "following error",
	"these recipients or", "these recipients", "this recipient",
	"list of recipients", "failed recipient", "failed address",
	"failed addresses", "failed mail", "address failed", "address(es) failed",
	"recipient failed", "recipients failed", "permanent fatal error",
	"permanent error", "transient non-fatal error", "transient error",
	"fatal errors", "had delivery", "delivery problem", "delivery error",
	"not delivered to", "undeliverable to", "undeliverable for",
	"undeliverable recipient", "undeliverable address",
	"undeliverable message to", "undelivered to", "undelivered recipient",
	"unable to deliver", "not able to deliver", "wasn't able to deliver",
	"could not deliver", "couldn't deliver", "cannot deliver",
	"can't deliver", "can not deliver", "unable to send", "not be delivered",
	"couldn't be delivered", "can't be delivered", "can't be sent",
	"could not be sent", "couldn't be sent", "not been delivered",
	"hasn't been delivered", "wasn't delivered", "was not delivered",
	"were not delivered", "not be forwarded", "did not reach",
	"didn't reach", "not reach", "did not receive", "not accepting mail", "delivery has failed", "delivery failed",
	"delivery failure", "delivery to the", "failed to deliver",
	"failure to deliver", "failed delivery", "failure delivering",
	"unknown address", "unknown recipient", "invalid recipient",
	"invalid address", "unreachable recipient", "were affected", "affected recipient",
	"could not be reached", "couldn't be reached", "not be found",
	"trouble delivering", "problem delivering", "problems delivering",
	"error delivering", "errors delivering", "delivering your message",
	"delivering your mail", "delivery of email to", "delivery of your",
	"delivery of the", "delivery of this", "message to the",
	"your message to", "your mail to", "your email to", "your e-mail to",
	"undeliverable", "non-deliver", "nondeliver", "bounced", "recipient(s)",
	"address(es)", "returned to you", "rejected for the",
	"rejected by the following", "has been delayed", "is delayed",
	"been delayed", "not yet been delivered", "not yet delivered",
	"no valid recipient", "error sending", "refused by", "was rejected",
	"folgende adresse", "folgenden adresse", "folgenden empf",
	"folgende empf", "folgenden personen", "empf\xc3\xa4nger konnte",
	"konnte nicht zugestellt", "konnte nicht an", "nicht zugestellt",
	"nicht \xc3\xbc" "bermittelt", "nicht ausgeliefert", "unzustellbar",
	"fehler bei der", "fehlgeschlagen", "destinataires suivants",
	"destinataire suivant", "adresses suivantes", "adresse suivante",
	"pas pu \xc3\xaatre", "n'a pas \xc3\xa9t\xc3\xa9", "n'est pas parvenu",
	"impossible de remettre", "\xc3\xa9" "chec de la remise", "non remis",
	"\xc3\xa9" "chec de remise", "siguientes destinatarios",
	"siguiente destinatario", "siguientes direcciones",
	"siguiente direcci", "no se pudo entregar", "no se ha podido entregar",
	"no pudo ser entregado", "no se entreg", "no ha podido",
	"os seguintes destinat", "seguinte destinat", "destinat\xc3\xa1rios a seguir",
	"seguintes endere", "n\xc3\xa3o p\xc3\xb4" "de ser entregue",
	"n\xc3\xa3o foi poss", "n\xc3\xa3o foi entregue", "seguenti destinatari",
	"seguente destinatario", "seguenti indirizzi", "seguente indirizzo",
	"non \xc3\xa8 stato possibile", "impossibile recapitare",
	"non \xc3\xa8 stato recapitato", "volgende geadresseerde",
	"volgende ontvanger", "volgende adres", "niet worden bezorgd",
	"niet worden afgeleverd", "niet bezorgd", "kon niet worden",
	"f\xc3\xb8lgende mottaker", "f\xc3\xb8lgende adresse",
	"f\xc3\xb8lgende modtager", "kunne ikke leveres", "ble ikke levert",
	"f\xc3\xb6ljande mottagare", "f\xc3\xb6ljande adress",
	"kunde inte levereras", "seuraaville vastaanottaj", "ei voitu toimittaa",
	"nast\xc4\x99puj\xc4\x85" "cych adres", "nie mo\xc5\xbcna dostarczy",
	"nie zosta\xc5\x82" "a dostarczona", "nie dotar", "n\xc3\xa1sleduj\xc3\xad" "c\xc3\xadm adres",
	"nelze doru\xc4\x8dit", "nebylo mo\xc5\xben\xc3\xa9 doru", "c\xc3\xadmzett",
	"nem siker\xc3\xbclt", "следующим адресам", "следующему адресу",
	"следующих адресатов", "следующим получателям", "следующему получателю",
	"следующие получатели", "не было доставлено", "не доставлено",
	"не удалось доставить", "не может быть доставлено",
	"не удаётся доставить", "не удается доставить", "наступним одержувачам",
	"не вдалося доставити", "a\xc5\x9f\xc4\x9f\xc4\xb1" "daki al",
	"teslim edilemedi", "以下收件人", "下列收件人", "以下地址", "無法傳送",
	"无法发送", "无法投递", "未能送达", "未送达", "退信", "送信できません",
	"送信に失敗", "送信できなか", "配信できません", "配信できなか", "届けられません",
	"お届けできません", "以下のメールアドレス", "次の受信者", "宛先に", "다음 수신자",
	"받는 사람에게", "배달하지 못", "전송되지", "보내지 못",
};
static struct finder find_intro = FINDER(intro);

bool
words_intro(const char *line)
{
	return finder_within(&find_intro, line);
}

static const char *const end_of_list[] = {
	"transcript of session", "session transcript", "technical details",
	"message details", "diagnostic information", "original message header",
	"additional information", "reporting-mta", "message log",
	"non-delivered information", "generating server", "details follow",
};
static struct finder find_end_of_list = FINDER(end_of_list);

bool
words_end_of_list(const char *line)
{
	return finder_within(&find_end_of_list, line);
}

static const char *const original[] = {
	"original message follows", "original message header",
	"original message:", "original message --", "original mail follows",
	"--original message", "-- original message", "-original message-",
	"the header of the original", "headers of the original",
	"header of the original message", "original headers follow",
	"this line is a copy", "this is a copy of", "is a copy of the",
	"is a copy of your", "copy of the message", "copy of your message",
	"copy of the original", "copy of the mail", "enclosed is a copy",
	"included is a copy", "message header follows", "message headers follow",
	"message text follows", "message follows", "message is following",
	"unsent message", "undelivered message", "unsent mail",
	"contents of the undelivered", "undelivered mail follows",
	"returned mail --", "returned message --", "returned message:",
	"lines of your original", "lines of the original",
	"of your original message", "your message begins",
	"text of your message", "text of the message follow",
	"start of returned", "begin returned message", "begin message",
	"returned content", "bounced message", "forwarded message --",
	"message attached", "message contents follow",
	"urspr\xc3\xbcngliche nachricht --", "kopie der nachricht",
	"kopie ihrer nachricht", "message d'origine --", "mensaje original --",
	"mensagem original --", "messaggio originale --",
	"оригинальное сообщение", "исходное сообщение", "元のメッセージ",
	"元のメール", "原邮件", "原始邮件",
};
static struct finder find_original = FINDER(original);
/* A line of a header that no notice has, only the mail it returns. */
static const char *const original_fields[] = {
	"received: from", "received: by", "received: (", "received: via", "return-path:", "x-received:",
	"dkim-signature:", "arc-seal:", "arc-message-signature:",
	"arc-authentication-results:", "mime-version:", "message-id:",
	"authentication-results:", "domainkey-signature:", "delivered-to:",
	"x-originating-ip:", "x-mailer:", "x-google-dkim-signature:",
	"x-gm-message-state:", "content-transfer-encoding:",
};
static struct finder find_original_fields = FINDER(original_fields);

bool
words_original(const char *line)
{
	return finder_within(&find_original, line);
}

bool
words_original_field(const char *line)
{
	return finder_begins(&find_original_fields, line);
}

static const char *const delayed[] = {
	"still being retried", "will be retried", "will retry", "will be re-tried",
	"message delayed", "has been delayed", "is delayed", "been delayed",
	"mail delayed", "delivery delayed", "delayed mail", "delivery delay",
	"been postponed", "delivery attempts will continue",
	"will continue to try", "will continue trying", "continue to be made",
	"will keep trying", "keep trying to deliver", "will try to deliver",
	"attempts to deliver the message will continue",
	"temporary failure report", "warning message only", "warning only",
	"this is a warning", "this is just a warning", "only a warning",
	"not yet been delivered", "not yet delivered", "not been delivered yet",
	"still trying", "need to resend", "need to re-send", "notification (delay)",
	"no action is required", "still awaiting delivery", "advisory-only",
	"still in the queue", "still in queue", "remains in the queue",
	"could not send message for past", "for the last 4 hours",
	"transient non-fatal error", "delivery incomplete",
	"you'll be notified if the delivery fails",
	"you will be notified if the delivery fails", "queued for later",
	"will be attempted again", "attempt to deliver again",
	"notification: delayed", "notification: warning", "verz\xc3\xb6gert",
	"weitere zustellversuche", "a \xc3\xa9t\xc3\xa9 retard\xc3\xa9",
	"est retard\xc3\xa9", "retrasado", "se ha retrasado", "atrasad",
	"ritardo", "vertraagd", "forsinket", "f\xc3\xb6rsenad", "op\xc3\xb3\xc5\xban",
	"задержана", "задержано", "задерживается", "попытки доставки будут",
	"продолжит попытки", "доставка отложена", "延迟", "遅延", "再送",
};
static struct finder find_delayed = FINDER(delayed);

bool
words_delayed(const char *text)
{
	return finder_within(&find_delayed, text);
}

static const char *const given_up[] = {
	"giving up", "given up", "gave up", "not going to try again",
	"permanent error", "permanent fatal", "failed permanently",
	"permanent failure", "permanently failed", "permanent delivery failure",
	"returned to sender", "returning message to sender",
	"no further attempts", "no further delivery", "will not be retried",
	"will not be attempted", "been in the queue too long",
	"returned mail", "has been returned", "being returned", "was aborted",
	"delivery failed", "delivery has failed", "could not be delivered and",
	"undeliverable", "failure notice", "notification (failure)",
};
static struct finder find_given_up = FINDER(given_up);

bool
words_given_up(const char *text)
{
	return finder_within(&find_given_up, text);
}

static const char *const not_failed[] = {
	"successfully delivered", "was successfully", "successful mail delivery",
	"successfully relayed", "has been delivered to", "was delivered to the following",
	"were delivered to", "relayed to the following", "delivery to the following recipients was successful",
	"notification (success)", "notification (relay)", "your message was read",
	"was displayed on", "return receipt", "read receipt", "was read on",
	"has been waitlisted", "out of office", "out of the office",
	"confirmez la lecture", "was deleted without being read",
};
static struct finder find_not_failed = FINDER(not_failed);

bool
words_not_failed(const char *text)
{
	return finder_within(&find_not_failed, text);
}

static const char *const challenge[] = {
	"requires confirmation", "to confirm this mail", "requires verification of",
	"challenge/response", "challenge-response", "sender not pre-approved",
	"must confirm that you", "please confirm that you", "confirm your message",
	"verify that you are a human", "to be whitelisted by the recipient",
};
static struct finder find_challenge = FINDER(challenge);

bool
words_challenge(const char *text)
{
	return finder_within(&find_challenge, text);
}

static const char *const refused[] = {
	"automatically rejected", "was rejected by", "was refused by",
	"refused by the recipient", "quota exceeded", "mailbox is full",
	"could not be delivered",
};
static struct finder find_refused = FINDER(refused);

bool
words_refused(const char *text)
{
	return finder_within(&find_refused, text);
}

/* ---- what an address is ------------------------------------------------- */

static const char *const recipient[] = {
	"rcpt to:", "rcpt to: ", "rcpt:", "rcpt: ", "recipient:", "recipient: ",
	"recipients:", "recipients: ", "recipient address:", "recipient address: ",
	"address:", "address: ", "failed address: ", "user:", "user: ",
	"addressee:", "addressee: ", "original-recipient: ", "final-recipient: ",
	"mailbox:", "mailbox: ", "envelope-to:", "envelope-to: ", "envelope to: ",
	"x-envelope-to: ", "delivered to:", "e-mail:", "failed: ", "account: ", "error-for:", "error for",
	"addressed to", "smtp=", "smtp:", "destined for", "intended for",
	"empf\xc3\xa4nger:", "empf\xc3\xa4nger: ", "destinataire : ",
	"destinataire:", "destinataire: ", "destinatario:", "destinatario: ",
	"destinat\xc3\xa1rio:", "destinat\xc3\xa1rio: ", "mottaker: ",
	"ontvanger: ", "получатель: ", "получатель:", "адресат: ", "кому: ",
	"收件人:", "收件人: ", "宛先: ", "宛先:", "送信先: ", "送信先:",
};

static const char *const other[] = {
	"from", "from:", "mail from:", "sender", "sender:", "sent by", "reply-to:",
	"reply to", "contact", "contact at", "mailto:", "write to", "assistance",
	"support", "email us at", "mail to", "sent from", "originator:",
	"errors-to:", "return-path:", "de:", "von:", "von", "od:", "av", "av:",
	"da:", "van:", "fra:", "от", "от:", "cc:", "reporter:", "info:",
	"message-id:", "helo", "questions to", "forward this", "kontakt",
	"message sent by", "by", "de", "administrator", "postmaster",
};

static bool
ends_with_one(const char *const *table, size_t count, const char *text)
{
	size_t len = strlen(text), n, i;

	while (len > 0 && strchr(" <\"'([", text[len - 1]) != NULL)
		len--;
	for (i = 0; i < count; i++) {
		n = strlen(table[i]);
		while (n > 0 && table[i][n - 1] == ' ')
			n--;
		if (len >= n && memcmp(text + len - n, table[i], n) == 0 &&
		    (len == n || strchr(" \t=<(,;>\"-", text[len - n - 1]) != NULL))
			return true;
	}
	return false;
}

bool
words_names_recipient(const char *before)
{
	return ends_with_one(recipient, sizeof recipient / sizeof recipient[0], before);
}

bool
words_names_other(const char *before)
{
	return ends_with_one(other, sizeof other / sizeof other[0], before);
}
