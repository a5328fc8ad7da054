/* control.h - what the staff command may ask of the running daemon
 *
 * STATE_DIR/control.sock, a Unix socket of whole records, made by the daemon's
 * parent for root and for the daemon's own user and nobody else.  One record
 * asks, one answers, and the connection ends.
 */
#ifndef BASE_CONTROL_H
#define BASE_CONTROL_H

#include <stdint.h>

#define CONTROL_NAME "control.sock"
#define CONTROL_VERSION 1
#define CONTROL_KEY 32

enum control_ask {
	CONTROL_STATE = 1,      /* how is it? */
	CONTROL_UNLOCK,         /* here is the key, of a locked one */
	CONTROL_LOCK,           /* forget it */
	CONTROL_CHANGE          /* the key is another now: with the descriptor of
	                           its file, or, of a locked one, the key */
};

enum control_state {
	CONTROL_OPEN = 1,       /* the keeper is at work */
	CONTROL_LOCKED,         /* it waits for a key; mail waits with its sender */
	CONTROL_STARTING        /* or ending */
};

struct control_request {
	uint8_t version, ask;
	unsigned char key[CONTROL_KEY];
};

/* REFUSED: not now, or not by this way of keeping the key.  FAILED: with the last
 * key that was given the keeper could not start; its log says why. */
enum control_answer { CONTROL_DONE = 1, CONTROL_REFUSED, CONTROL_FAILED };

struct control_reply {
	uint8_t version, answer, state;
};

#endif
