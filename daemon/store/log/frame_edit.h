/*
 * frame_edit.h - taking out of a written frame what was erased.  Its length,
 * its crc and so the chain stay as they are: a body is covered by neither, and
 * what is zeroed in a header is made up for by four bytes beside it that hold
 * nothing but chance (CRC is linear: for any contents there is exactly one
 * value of four adjoining bytes that gives a wanted sum).
 */
#ifndef TOCSIN_STORE_LOG_FRAME_EDIT_H
#define TOCSIN_STORE_LOG_FRAME_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/log/frame.h"

/* What is to happen to one event. */
struct frame_change {
	bool erases_body;  /* salt, crc and body become zeroes */
	bool edits_header; /* bytes of the header were changed */
	/*
	 * Of an edited header: four bytes of it, free to take any value, begin
	 * here.  0: it has none; then another event of the frame must.
	 */
	size_t free_at;
};

/*
 * Looks at an event and edits its header, in place and within its length.
 * event borrows; its header and body are as they were written.
 */
typedef void frame_edit(void *who, const struct store_event *event,
    uint8_t *header, struct frame_change *change);

struct frame_editor {
	frame_edit *edit;
	void *who;
};

/*
 * Edit a sound frame in place.  Returns whether a byte was changed; done again
 * it changes nothing more.  Headers stay as they were when no event of the
 * frame has free bytes.
 */
bool frame_edit_run(uint8_t *at, const struct frame *frame, uint32_t seed,
    const struct frame_editor *editor);

#endif
