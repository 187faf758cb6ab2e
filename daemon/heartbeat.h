/*
 * heartbeat.h - signs of life for the supervisor's watchdog: each goes through
 * the loop, the writer and, as all work does, past what must be durable, so
 * that none comes when one of them is stuck.  Loop thread.
 */
#ifndef TOCSIN_DAEMON_HEARTBEAT_H
#define TOCSIN_DAEMON_HEARTBEAT_H

#include "daemon/intake/writer.h"
#include "daemon/net/loop.h"
#include "daemon/supervisor.h"

struct heartbeat;

/*
 * Three a watchdog's time, all borrowed.  NULL when out of memory.  Without a
 * watchdog it does nothing.
 */
struct heartbeat *heartbeat_start(struct loop *loop, struct writer *writer,
    const struct supervisor *supervisor);

/* After the writer has stopped, before the loop is freed; NULL is fine. */
void heartbeat_stop(struct heartbeat *heartbeat);

#endif
