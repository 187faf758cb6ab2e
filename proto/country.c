/* country.c - the 249 officially assigned codes, and three that people use. */
#include "proto/country.h"

#include <stddef.h>

/* clang-format off */
/* alpha-2 and alpha-3, sorted by the former */
static const char codes[][6] = {
	"ADAND", "AEARE", "AFAFG", "AGATG", "AIAIA", "ALALB", "AMARM",
	"AOAGO", "AQATA", "ARARG", "ASASM", "ATAUT", "AUAUS", "AWABW",
	"AXALA", "AZAZE", "BABIH", "BBBRB", "BDBGD", "BEBEL", "BFBFA",
	"BGBGR", "BHBHR", "BIBDI", "BJBEN", "BLBLM", "BMBMU", "BNBRN",
	"BOBOL", "BQBES", "BRBRA", "BSBHS", "BTBTN", "BVBVT", "BWBWA",
	"BYBLR", "BZBLZ", "CACAN", "CCCCK", "CDCOD", "CFCAF", "CGCOG",
	"CHCHE", "CICIV", "CKCOK", "CLCHL", "CMCMR", "CNCHN", "COCOL",
	"CRCRI", "CUCUB", "CVCPV", "CWCUW", "CXCXR", "CYCYP", "CZCZE",
	"DEDEU", "DJDJI", "DKDNK", "DMDMA", "DODOM", "DZDZA", "ECECU",
	"EEEST", "EGEGY", "EHESH", "ERERI", "ESESP", "ETETH", "FIFIN",
	"FJFJI", "FKFLK", "FMFSM", "FOFRO", "FRFRA", "GAGAB", "GBGBR",
	"GDGRD", "GEGEO", "GFGUF", "GGGGY", "GHGHA", "GIGIB", "GLGRL",
	"GMGMB", "GNGIN", "GPGLP", "GQGNQ", "GRGRC", "GSSGS", "GTGTM",
	"GUGUM", "GWGNB", "GYGUY", "HKHKG", "HMHMD", "HNHND", "HRHRV",
	"HTHTI", "HUHUN", "IDIDN", "IEIRL", "ILISR", "IMIMN", "ININD",
	"IOIOT", "IQIRQ", "IRIRN", "ISISL", "ITITA", "JEJEY", "JMJAM",
	"JOJOR", "JPJPN", "KEKEN", "KGKGZ", "KHKHM", "KIKIR", "KMCOM",
	"KNKNA", "KPPRK", "KRKOR", "KWKWT", "KYCYM", "KZKAZ", "LALAO",
	"LBLBN", "LCLCA", "LILIE", "LKLKA", "LRLBR", "LSLSO", "LTLTU",
	"LULUX", "LVLVA", "LYLBY", "MAMAR", "MCMCO", "MDMDA", "MEMNE",
	"MFMAF", "MGMDG", "MHMHL", "MKMKD", "MLMLI", "MMMMR", "MNMNG",
	"MOMAC", "MPMNP", "MQMTQ", "MRMRT", "MSMSR", "MTMLT", "MUMUS",
	"MVMDV", "MWMWI", "MXMEX", "MYMYS", "MZMOZ", "NANAM", "NCNCL",
	"NENER", "NFNFK", "NGNGA", "NINIC", "NLNLD", "NONOR", "NPNPL",
	"NRNRU", "NUNIU", "NZNZL", "OMOMN", "PAPAN", "PEPER", "PFPYF",
	"PGPNG", "PHPHL", "PKPAK", "PLPOL", "PMSPM", "PNPCN", "PRPRI",
	"PSPSE", "PTPRT", "PWPLW", "PYPRY", "QAQAT", "REREU", "ROROU",
	"RSSRB", "RURUS", "RWRWA", "SASAU", "SBSLB", "SCSYC", "SDSDN",
	"SESWE", "SGSGP", "SHSHN", "SISVN", "SJSJM", "SKSVK", "SLSLE",
	"SMSMR", "SNSEN", "SOSOM", "SRSUR", "SSSSD", "STSTP", "SVSLV",
	"SXSXM", "SYSYR", "SZSWZ", "TCTCA", "TDTCD", "TFATF", "TGTGO",
	"THTHA", "TJTJK", "TKTKL", "TLTLS", "TMTKM", "TNTUN", "TOTON",
	"TRTUR", "TTTTO", "TVTUV", "TWTWN", "TZTZA", "UAUKR", "UGUGA",
	"UMUMI", "USUSA", "UYURY", "UZUZB", "VAVAT", "VCVCT", "VEVEN",
	"VGVGB", "VIVIR", "VNVNM", "VUVUT", "WFWLF", "WSWSM", "YEYEM",
	"YTMYT", "ZAZAF", "ZMZMB", "ZWZWE",
};

/* Used, but not official: as written, and the alpha-2 meant. */
static const char aliases[][6] = {
	"EL" "GR", "UK" "GB", "XK" "XK", "XKX" "XK", "XKO" "XK",
};
/* clang-format on */

enum {
	CODES = sizeof(codes) / sizeof(codes[0]),
	ALIASES = sizeof(aliases) / sizeof(aliases[0]),
};

static const char *
find_alpha2(const char code[3])
{
	size_t low = 0;
	size_t high = CODES;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(codes[middle], code, 2);

		if (order == 0)
			return codes[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const char *
find_alpha3(const char code[3])
{
	for (size_t i = 0; i < CODES; i++)
		if (memcmp(codes[i] + 2, code, 3) == 0)
			return codes[i];
	return NULL;
}

static const char *
find_alias(const char *code, size_t len)
{
	for (size_t i = 0; i < ALIASES; i++)
		if (strlen(aliases[i]) == len + 2 &&
		    memcmp(aliases[i], code, len) == 0)
			return aliases[i] + len;
	return NULL;
}

bool
country_find(struct text code, char out[2], bool *is_mapped)
{
	char upper[3];
	const char *found;

	if (code.len < 2 || code.len > 3)
		return false;
	for (size_t i = 0; i < code.len; i++) {
		char byte = code.at[i];
		bool is_lower = byte >= 'a' && byte <= 'z';

		upper[i] = is_lower ? (char)(byte - 'a' + 'A') : byte;
	}
	found = code.len == 2 ? find_alpha2(upper) : find_alpha3(upper);
	if (!found)
		found = find_alias(upper, code.len);
	if (!found)
		return false;
	memcpy(out, found, 2);
	*is_mapped = code.len != 2 || memcmp(upper, out, 2) != 0;
	return true;
}
