/* test_transport.c - a connection in TLS: handshakes, records, ends, files. */
#include "tests/unit/tls_rig.h"

enum { PLENTY = 3 << 20 };

/* What all tests share: a certificate takes its time. */
static struct tls_server *server;
static struct pair authority;
static struct pair ours;
static struct pair clients;
static struct pair strangers;
static char dir[] = "/tmp/tocsin-transport-XXXXXX";

static struct tls_files
files_of(const struct pair *pair)
{
	return (struct tls_files){ pair->certificate_file, pair->key_file, "",
		false };
}

static struct transport
secure(int fd)
{
	return transport_secure(fd, server);
}

static int
set_up_secure(void **state)
{
	struct tls_files files = files_of(&ours);
	char why[256];
	assert_int_equal(tls_server_load(server, &files, why, sizeof(why)), 0);
	return set_up_over(state, secure);
}

static void
ask_for_certificates(bool needs)
{
	struct tls_files files = files_of(&ours);
	char why[256];
	files.client_ca = authority.certificate_file;
	files.needs_client = needs;
	assert_int_equal(tls_server_load(server, &files, why, sizeof(why)), 0);
}

static void
echoes(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	struct buf heard = { 0 };
	rig->echoes = true;
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	assert_int_equal(SSL_version(client.ssl), TLS1_3_VERSION);
	for (uint32_t i = 0; i < 100; i++)
		make_frame(&sent, i, 30 + i * 7);
	client_send(rig, &client, sent.at, sent.len);
	assert_true(client_read(rig, &client, &heard, sent.len));
	assert_int_equal(heard.len, sent.len);
	assert_memory_equal(heard.at, sent.at, sent.len);
	assert_got(rig, &sent);
	client_fini(&client);
	buf_free(&sent);
	buf_free(&heard);
}

/* Handshake and frame, one raw byte at a time. */
static void
takes_dripping_bytes(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	client_init(&client, NULL);
	assert_true(shake(rig, &client, 1));
	make_frame(&sent, 7, 60);
	client_write(&client, sent.at, sent.len);
	assert_int_equal(rig->frames, 0);
	while (carry_out(rig, &client, 1) > 0)
		turn(rig, never, 1);
	assert_true(turn(rig, has_one, WAIT_MS));
	assert_got(rig, &sent);
	client_fini(&client);
	buf_free(&sent);
}

static void
takes_large_frames(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	for (uint32_t i = 0; i < 3; i++)
		make_frame(&sent, i, FRAME_MAX);
	client_send(rig, &client, sent.at, sent.len);
	for (unsigned i = 0; i < 1000 && rig->frames < 3; i++)
		turn(rig, never, 1);
	assert_got(rig, &sent);
	client_fini(&client);
	buf_free(&sent);
}

/*
 * The room for the rest of a frame ends within the last record: what is left
 * of it waits in TLS, and the socket is empty.
 */
static void
reads_on_without_the_socket(void **state)
{
	enum { BEGUN = 5000, SHORT = 1000, RECORDS = 4 * 16384 };
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	make_frame(&sent, 7, BEGUN + SHORT + RECORDS);
	client_send(rig, &client, sent.at, BEGUN);
	turn(rig, never, 10);
	client_write(&client, sent.at + BEGUN, SHORT);
	client_send(rig, &client, sent.at + BEGUN + SHORT, RECORDS);
	assert_true(turn(rig, has_one, WAIT_MS));
	assert_got(rig, &sent);
	client_fini(&client);
	buf_free(&sent);
}

/* Frames of one record, taken while calls in flight are full again and again:
 * the socket has nothing more to say. */
static void
goes_on_after_a_pause(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	rig->pause_after = 1;
	for (uint32_t i = 0; i < 100; i++)
		make_frame(&sent, i, 100);
	client_send(rig, &client, sent.at, sent.len);
	for (unsigned i = 1; i <= 100; i++) {
		for (unsigned j = 0; j < 100 && rig->frames < i; j++)
			turn(rig, never, 1);
		assert_int_equal(rig->frames, i);
		rig->pause_after = i + 1;
		conn_resume(rig->conn);
	}
	assert_got(rig, &sent);
	client_fini(&client);
	buf_free(&sent);
}

/* A peer that reads late: what waits is offered again, all of it in order. */
static void
waits_for_a_slow_reader(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	struct buf heard = { 0 };
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	for (uint32_t i = 0; sent.len < PLENTY; i++) {
		struct buf frame = { 0 };
		make_frame(&frame, i, i % 3 ? 50 : 40000);
		buf_add_text(&sent, buf_text(&frame));
		conn_send(rig->conn, buf_text(&frame));
		buf_free(&frame);
		if (i % 8 == 0)
			turn(rig, never, 1);
	}
	assert_true(conn_queued(rig->conn) > 0);
	assert_true(client_read(rig, &client, &heard, sent.len));
	assert_memory_equal(heard.at, sent.at, sent.len);
	assert_int_equal(conn_queued(rig->conn), 0);
	client_fini(&client);
	buf_free(&sent);
	buf_free(&heard);
}

/* Bytes that come all the time do not move the handshake's deadline. */
static void
ends_a_dripping_handshake(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	int64_t begun = loop_now_ms();
	conn_free(rig->conn);
	close(rig->peer);
	rig->limits.handshake_ms = 300;
	int pair[2];
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	rig->peer = pair[1];
	rig->conn =
	    conn_new(rig->loop, secure(pair[0]), &rig->limits, &events, rig);
	client_init(&client, NULL);
	SSL_do_handshake(client.ssl);
	while (!is_gone(rig) && carry_out(rig, &client, 1) > 0)
		turn(rig, is_gone, 10);
	assert_string_equal(rig->gone,
	    "the TLS handshake was not done in time");
	assert_in_range(loop_now_ms() - begun, 300, 1500);
	client_fini(&client);
}

/* Part of a record is a frame begun, even a part of its header. */
static void
times_a_begun_record(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	rig->limits.frame_ms = 200;
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	turn(rig, never, 400);
	assert_false(is_bad(rig));
	client_write(&client, (const uint8_t *)"\x94", 1);
	carry_out(rig, &client, 3);
	assert_true(turn(rig, is_bad, 2000));
	assert_string_equal(rig->bad, "the frame was not whole in time");
	client_fini(&client);
}

static void
answers_a_plain_frame(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	struct buf heard = { 0 };
	make_frame(&sent, 7, 60);
	send_all(rig, sent.at, sent.len);
	read_to_end(rig, &heard);
	assert_int_equal(rig->plain, 1);
	assert_memory_equal(rig->begun, sent.at, sizeof(rig->begun));
	assert_true(text_is(buf_text(&heard), "speak TLS"));
	buf_free(&sent);
	buf_free(&heard);
}

static void
closes_on_other_bytes(void **state)
{
	struct rig *rig = *state;
	send_all(rig, (const uint8_t *)"GET / HTTP/1.1\r\n", 16);
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "no TLS on a TLS address");
	assert_int_equal(rig->plain, 0);
}

static void
closes_on_broken_tls(void **state)
{
	struct rig *rig = *state;
	struct buf heard = { 0 };
	uint8_t junk[64] = { 0x16, 3, 1, 0, 40, 99, 98, 97 };
	send_all(rig, junk, sizeof(junk));
	read_to_end(rig, &heard);
	/* An alert, so that the peer knows. */
	assert_true(heard.len >= 7);
	assert_int_equal(heard.at[0], 0x15);
	close(rig->peer);
	rig->peer = -1;
	assert_true(turn(rig, is_gone, WAIT_MS));
	buf_free(&heard);
}

static void
refuses_old_versions(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	client_init(&client, NULL);
	SSL_set_security_level(client.ssl, 0);
	SSL_set_min_proto_version(client.ssl, TLS1_VERSION);
	SSL_set_max_proto_version(client.ssl, TLS1_1_VERSION);
	assert_false(shake(rig, &client, SIZE_MAX));
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
	    SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	client_fini(&client);
}

static void
speaks_the_version_before(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct buf sent = { 0 };
	client_init(&client, NULL);
	SSL_set_max_proto_version(client.ssl, TLS1_2_VERSION);
	assert_true(shake(rig, &client, SIZE_MAX));
	assert_int_equal(SSL_version(client.ssl), TLS1_2_VERSION);
	make_frame(&sent, 7, 60);
	client_send(rig, &client, sent.at, sent.len);
	assert_true(turn(rig, has_one, WAIT_MS));
	/* A new handshake is not had. */
	assert_true(SSL_renegotiate(client.ssl) != 1 ||
	    SSL_do_handshake(client.ssl) != 1 ||
	    SSL_renegotiate_pending(client.ssl));
	client_fini(&client);
	buf_free(&sent);
}

/* Both ways of ending: said in TLS, or by the socket alone. */
static void
hears_both_ends(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	SSL_shutdown(client.ssl);
	carry_out(rig, &client, SIZE_MAX);
	assert_true(turn(rig, has_end, WAIT_MS));
	/* It may still be answered. */
	struct buf heard = { 0 };
	conn_send(rig->conn, TEXT("last words"));
	conn_finish(rig->conn, "done");
	assert_false(client_read(rig, &client, &heard, SIZE_MAX));
	assert_true(text_is(buf_text(&heard), "last words"));
	assert_true(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN);
	client_fini(&client);
	buf_free(&heard);
}

static void
hears_the_socket_s_end(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	shutdown(rig->peer, SHUT_WR);
	assert_true(turn(rig, has_end, WAIT_MS));
	assert_false(is_gone(rig));
	conn_close(rig->conn, "test");
	assert_true(turn(rig, is_gone, WAIT_MS));
	client_fini(&client);
}

static void
ends_within_the_handshake(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	client_init(&client, NULL);
	SSL_do_handshake(client.ssl);
	carry_out(rig, &client, 100);
	shutdown(rig->peer, SHUT_WR);
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "peer closed before TLS was set up");
	client_fini(&client);
}

static void
knows_the_client_s_certificate(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct tls_peer peer;
	uint8_t wanted[TLS_FINGERPRINT];
	ask_for_certificates(true);
	client_init(&client, &clients);
	assert_true(shake(rig, &client, SIZE_MAX));
	turn(rig, never, 20);
	assert_true(conn_peer(rig->conn, &peer));
	assert_string_equal(peer.name, "clients");
	X509_digest(clients.certificate, EVP_sha256(), wanted, NULL);
	assert_memory_equal(peer.fingerprint, wanted, TLS_FINGERPRINT);
	client_fini(&client);
}

static void
needs_no_certificate(void **state)
{
	struct rig *rig = *state;
	struct tls_client client;
	struct tls_peer peer;
	ask_for_certificates(false);
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	turn(rig, never, 20);
	assert_false(is_gone(rig));
	assert_false(conn_peer(rig->conn, &peer));
	client_fini(&client);
}

/* In TLS 1.3 a client is done before it is refused: the alert must come. */
static void
refuse_certificate(struct rig *rig, const struct pair *own, int alert)
{
	struct tls_client client;
	struct buf heard = { 0 };
	ask_for_certificates(true);
	client_init(&client, own);
	shake(rig, &client, SIZE_MAX);
	assert_false(client_read(rig, &client, &heard, 1));
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
	    SSL_AD_REASON_OFFSET + alert);
	assert_int_equal(rig->frames, 0);
	client_fini(&client);
	buf_free(&heard);
}

static void
refuses_a_missing_certificate(void **state)
{
	refuse_certificate(*state, NULL, SSL_AD_CERTIFICATE_REQUIRED);
}

static void
refuses_a_stranger_s_certificate(void **state)
{
	refuse_certificate(*state, &strangers, SSL_AD_UNKNOWN_CA);
}

static void
assert_refused(const struct tls_files *files, const char *said)
{
	char why[256] = "";
	int64_t before = tls_server_expires(server);
	assert_int_equal(tls_server_load(server, files, why, sizeof(why)), -1);
	if (!strstr(why, said))
		fail_msg("\"%s\" does not say \"%s\"", why, said);
	assert_int_equal(tls_server_expires(server), before);
}

/* What cannot be used is told, and the certificate before it stays. */
static void
refuses_broken_files(void **state)
{
	struct rig *rig = *state;
	struct tls_files files = files_of(&ours);
	struct tls_client client;
	files.key = clients.key_file;
	assert_refused(&files, "does not belong to the certificate");
	files.key = "/nowhere/key.pem";
	assert_refused(&files, "the key /nowhere/key.pem: No such file");
	files.key = ours.certificate_file;
	assert_int_equal(chmod(ours.certificate_file, 0600), 0);
	assert_refused(&files, "no PEM file of that kind");
	files = files_of(&ours);
	files.certificate = "/nowhere/cert.pem";
	assert_refused(&files,
	    "the certificate /nowhere/cert.pem: No such file");
	files = files_of(&ours);
	files.client_ca = ours.key_file;
	assert_refused(&files, "the clients' authority");
	files = files_of(&ours);
	assert_int_equal(chmod(ours.key_file, 0644), 0);
	assert_refused(&files, "may be read by everyone");
	assert_int_equal(chmod(ours.key_file, 0600), 0);
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	client_fini(&client);
}

/* Those that are open go on; the next one sees the new certificate. */
static void
renews_under_open_connections(void **state)
{
	struct rig *rig = *state;
	struct tls_files files = files_of(&clients);
	struct tls_client client;
	struct buf sent = { 0 };
	char why[256];
	client_init(&client, NULL);
	assert_true(shake(rig, &client, SIZE_MAX));
	assert_int_equal(tls_server_load(server, &files, why, sizeof(why)), 0);
	make_frame(&sent, 7, 60);
	client_send(rig, &client, sent.at, sent.len);
	assert_true(turn(rig, has_one, WAIT_MS));
	client_fini(&client);
	buf_free(&sent);
}

static int
make_all(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	make_pair(&authority, dir, "authority", NULL);
	make_pair(&ours, dir, "ours", &authority);
	make_pair(&clients, dir, "clients", &authority);
	make_pair(&strangers, dir, "strangers", NULL);
	server = tls_server_new();
	return server ? 0 : -1;
}

static int
drop_all(void **state)
{
	(void)state;
	tls_server_free(server);
	free_pair(&authority);
	free_pair(&ours);
	free_pair(&clients);
	free_pair(&strangers);
	return rmdir(dir);
}

#define SECURE(test) \
	cmocka_unit_test_setup_teardown(test, set_up_secure, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SECURE(echoes),
		SECURE(takes_dripping_bytes),
		SECURE(takes_large_frames),
		SECURE(reads_on_without_the_socket),
		SECURE(goes_on_after_a_pause),
		SECURE(waits_for_a_slow_reader),
		SECURE(ends_a_dripping_handshake),
		SECURE(times_a_begun_record),
		SECURE(answers_a_plain_frame),
		SECURE(closes_on_other_bytes),
		SECURE(closes_on_broken_tls),
		SECURE(refuses_old_versions),
		SECURE(speaks_the_version_before),
		SECURE(hears_both_ends),
		SECURE(hears_the_socket_s_end),
		SECURE(ends_within_the_handshake),
		SECURE(knows_the_client_s_certificate),
		SECURE(needs_no_certificate),
		SECURE(refuses_a_missing_certificate),
		SECURE(refuses_a_stranger_s_certificate),
		SECURE(refuses_broken_files),
		SECURE(renews_under_open_connections),
	};
	return cmocka_run_group_tests(tests, make_all, drop_all);
}
