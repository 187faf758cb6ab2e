/*
 * judge.h - a person says whether reports tell of one event: may it be, and
 * then its event, its rows, and the rules that look at the new counts.  Writer
 * thread.
 */
#ifndef TOCSIN_INTAKE_JUDGE_H
#define TOCSIN_INTAKE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/judged.h"
#include "daemon/store/record_judgement.h"
#include "proto/error.h"

/* What is asked for; a check fills in what the store knows. */
struct judgement {
	enum judgement_kind kind;
	uint64_t undoes;            /* the act to take back; 0 none */
	uint64_t organisation_hash; /* of the author's */
	struct text organisation;
	struct text body;        /* MessagePack map {author, reason} */
	struct judged report[2]; /* UNLINK: one */
	struct record_judgement record;
	struct evidence member[CASES_MEMBERS_MAX]; /* of both sides */
	unsigned nmembers;
};

/*
 * Would it be lawful now?  0, or the code with why filled and nothing changed.
 * Of an act to be taken back only undoes is given.
 */
MUST_CHECK int judge_check(struct intake *intake, struct judgement *judgement,
    struct refusal *why);

/*
 * Do it, right after a check, in a frame of its own with the alerts that
 * follow.  Returns the act's sequence; faults stick in the projection.
 */
uint64_t judge_take(struct intake *intake, struct judgement *judgement);

#endif
