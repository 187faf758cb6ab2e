#include "daemon/store/log/frame_edit.h"

#include <assert.h>
#include <string.h>

enum { SEAL_BYTES = 8, FREE_BYTES = 4, BITS = 8 * FREE_BYTES };

/* Sums that one free bit each makes, reduced; and of which bits. */
struct basis {
	uint32_t sum[BITS];
	uint32_t bits[BITS];
};

static uint32_t
sum_of(const uint8_t *at, const struct frame *frame, uint32_t seed)
{
	struct frame now;

	/* Sound or not, it says what the sum should be. */
	(void)frame_read(at, frame->length, seed, &now);
	return now.sum;
}

/* Take away what the basis has of a sum; the bits that this takes. */
static uint32_t
reduce(const struct basis *basis, uint32_t *sum, uint32_t bits)
{
	for (unsigned b = BITS; b-- > 0;) {
		if (!(*sum >> b & 1) || !basis->sum[b])
			continue;
		*sum ^= basis->sum[b];
		bits ^= basis->bits[b];
	}
	return bits;
}

static void
add_to(struct basis *basis, uint32_t sum, uint32_t bits)
{
	bits = reduce(basis, &sum, bits);
	for (unsigned b = BITS; sum && b-- > 0;) {
		if (!(sum >> b & 1))
			continue;
		basis->sum[b] = sum;
		basis->bits[b] = bits;
		return;
	}
}

/* Give the free bytes the value with which the frame's sum is its crc. */
static void
make_up(uint8_t *at, const struct frame *frame, uint32_t seed, uint8_t *free)
{
	struct basis basis = { .sum = { 0 } };
	uint32_t bits = 0, none, left;

	memset(free, 0, FREE_BYTES);
	none = sum_of(at, frame, seed);
	for (unsigned i = 0; i < BITS; i++) {
		bits = UINT32_C(1) << i;
		memcpy(free, &bits, FREE_BYTES);
		add_to(&basis, sum_of(at, frame, seed) ^ none, bits);
	}
	left = frame->crc ^ none;
	bits = reduce(&basis, &left, 0);
	memcpy(free, &bits, FREE_BYTES);
	assert(left == 0 && sum_of(at, frame, seed) == frame->crc);
}

/* One pass over the events: bodies, or headers. */
struct pass {
	uint8_t *at;
	const struct frame *frame;
	const struct frame_editor *editor;
	uint8_t *free;      /* of the first edited header that has some */
	bool edits_headers; /* else they are looked at only */
	bool is_edited, is_erased;
};

static void
edit_event(struct pass *pass, const struct store_event *event,
    struct buf *scratch)
{
	struct frame_change change = { .free_at = 0 };
	uint8_t *header =
	    pass->at + ((const uint8_t *)event->header.at - pass->at);

	buf_clear(scratch);
	buf_add_text(scratch, event->header);
	if (scratch->failed)
		return;
	pass->editor->edit(pass->editor->who, event, scratch->at, &change);
	if (change.erases_body && event->body.len && !event->is_erased) {
		memset(header - SEAL_BYTES, 0, SEAL_BYTES);
		memset(header + event->header.len, 0, event->body.len);
		pass->is_erased = true;
	}
	if (!change.edits_header ||
	    !memcmp(header, scratch->at, event->header.len))
		return;
	pass->is_edited = true;
	if (change.free_at && !pass->free)
		pass->free = header + change.free_at;
	if (pass->edits_headers)
		memcpy(header, scratch->at, event->header.len);
}

static void
run_pass(struct pass *pass)
{
	struct frame_cursor cursor = frame_cursor_of(pass->frame, pass->at);
	struct buf scratch = { 0 };
	struct store_event event;
	bool is_bad;

	while (frame_next(&cursor, &event, &is_bad))
		edit_event(pass, &event, &scratch);
	buf_free(&scratch);
}

bool
frame_edit_run(uint8_t *at, const struct frame *frame, uint32_t seed,
    const struct frame_editor *editor)
{
	struct pass pass = { .at = at, .frame = frame, .editor = editor };
	struct buf before = { 0 };
	bool is_changed;

	run_pass(&pass);
	if (!pass.is_edited || !pass.free)
		return pass.is_erased;
	/* Free bytes may have been part of what is edited. */
	buf_add(&before, at, frame->length);
	pass.edits_headers = true;
	run_pass(&pass);
	make_up(at, frame, seed, pass.free);
	is_changed = pass.is_erased || before.failed ||
	    memcmp(before.at, at, frame->length) != 0;
	buf_free(&before);
	return is_changed;
}
