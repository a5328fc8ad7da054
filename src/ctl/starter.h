/* starter.h - what init and campaign new write for people to edit */
#ifndef CTL_STARTER_H
#define CTL_STARTER_H

struct buf;

/* A text to write over, in LANGUAGE; in English for languages we have none in. */
const char *starter_petition(const char *language);

/* LANGUAGES is NULL-ended. */
void starter_campaign(struct buf *out, const char *slug, const char *title,
    char *const *languages);

/* Values as they are to stand in the file; the user only WITH_USER. */
void starter_config(struct buf *out, const char *domain, const char *state_dir,
    const char *lmtp, const char *key_file, const char *campaign_dir,
    int with_user);

#endif
