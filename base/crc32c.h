/* crc32c.h - Castagnoli CRC, by the processor's instruction where it has one.
 */
#ifndef TOCSIN_BASE_CRC32C_H
#define TOCSIN_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Continue crc (0 to start) over len bytes.  crc32c(0, "123456789", 9) is
 * 0xe3069283 (RFC 3720 B.4).
 */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The same without the instruction: what other processors run. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len);

#endif
