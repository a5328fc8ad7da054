/* cosign.h - cosignatures of a log's checkpoints
 *
 * A witness is an organisation of campaign.conf with a key; she has a row in the
 * store from when she is first written to or heard of.
 */
#ifndef LOGBOOK_COSIGN_H
#define LOGBOOK_COSIGN_H

#include <stdint.h>

#include "base/status.h"
#include "store/tally.h"

struct arena;
struct buf;
struct campaign;
struct campaign_organisation;
struct checkpoint;
struct cosignature;
struct store;
struct vkey;

/* The organisation whose witness has this key, or NULL; and by id. */
const struct campaign_organisation *cosign_organisation(const struct campaign *,
    const struct vkey *);
const struct campaign_organisation *cosign_named(const struct campaign *,
    const char *id);
/* Her key, which campaign.conf was checked for. */
void cosign_key(const struct campaign_organisation *, struct vkey *out);

/* Within a transaction: her row, made when there is none. */
enum status cosign_witness(struct store *, struct arena *, int64_t campaign,
    const struct campaign_organisation *, struct tally_witness *out) MUST_CHECK;

/* Within a transaction: keep what she says.  The checkpoint's origin is not looked
 * at.  DENIED when it is not her signature; NOT_FOUND when it is, but under
 * something that this log never signed, as far as the database knows; EXISTS when
 * it is kept already. */
enum status cosign_keep(struct store *, struct arena *, const struct tally *,
    const struct tally_witness *, const struct cosignature *,
    const struct checkpoint *) MUST_CHECK;

/* A checkpoint that the log's key has signed, from elsewhere: does it begin what
 * the database has, or the other way round?  *STOP_OUT: why the log must stop.
 * DENIED when it is not signed by the log. */
enum status cosign_compare(struct store *, const struct tally *,
    const struct checkpoint *, enum tally_stop *stop_out) MUST_CHECK;

/* The note of a checkpoint that was signed, with the cosignatures of those who are
 * witnesses now, by the key that they have now; appends. */
enum status cosign_note(struct store *, struct arena *, const struct tally *,
    const struct campaign *, const struct tally_signed *, struct buf *out)
    MUST_CHECK;
/* The newest of the checkpoints with the most of these; NOT_FOUND. */
enum status cosign_most(struct store *, struct arena *, const struct tally *,
    const struct campaign *, int64_t *size_out) MUST_CHECK;

#endif
