/* stream.h - bytes to and from the relay, with limits
 *
 * A driver under libetpan's mailstream.  libetpan's own has no deadline for a
 * whole command, verifies no certificate, counts no bytes, leaves Nagle on and
 * uses select; this one has an absolute deadline and a number of octets that
 * may still come, both set anew for each command, so that a peer that trickles
 * or never stops is cut off.  Any trouble, the end of the stream included, is
 * -1 to libetpan and final.
 *
 * A stream belongs to one thread.  Another thread can end its waiting through
 * the cancel descriptor: once that is readable, everything fails at once.
 */
#ifndef DELIVERY_STREAM_H
#define DELIVERY_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct sockaddr_storage;
struct _mailstream;     /* libetpan/mailstream.h */
struct stream;
struct tls_trust;

/* Whose certificates are believed: those in CA_FILE, or the system's when it
 * is NULL; with VERIFY 0 nothing is checked and nothing is loaded.  TLS 1.2 or
 * later.  Everything is read here and now, since later there is a sandbox. */
enum status tls_trust_new(struct tls_trust **out, const char *ca_file,
    int verify, struct reason *) MUST_CHECK;
void tls_trust_free(struct tls_trust **);

/* Connects to the first address that takes us before DEADLINE (clock_tick).
 * CANCEL_FD may be -1.  TEMPFAIL. */
enum status stream_connect(struct stream **out,
    const struct sockaddr_storage *addresses, size_t count, int cancel_fd,
    int64_t deadline, struct reason *) MUST_CHECK;

/* Hands the stream over to libetpan: mailstream_close frees it. */
struct _mailstream *stream_buffered(struct stream *, size_t size);
/* For a stream that was not handed over. */
void stream_free(struct stream **);

/* What the next command may take. */
void stream_allow(struct stream *, int64_t deadline, size_t octets);

/* TLS from here on.  HOST is asked for by name and, when TRUST verifies, has to
 * be in the certificate.  DENIED when the certificate is not believed, else
 * TEMPFAIL; the stream is of no use after either. */
enum status stream_tls(struct stream *, const struct tls_trust *,
    const char *host, struct reason *) MUST_CHECK;
int stream_is_tls(const struct stream *);

/* Between commands: 1 while the peer says nothing and the line is up. */
int stream_is_quiet(struct stream *);

#endif
