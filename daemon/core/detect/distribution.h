/*
 * distribution.h - the distributions that counts are thought to come from, and
 * their tails, however deep.
 *
 * Counts are whole; the chances of a fraction are those of the whole numbers
 * it lies between.  Precise to about 1e-12 of the smaller tail up to 1e12
 * cases (incomplete.h); nothing overflows, and whoever asks with what is no
 * number hears that P(X >= x) = 1.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_DISTRIBUTION_H
#define TOCSIN_CORE_DETECT_DISTRIBUTION_H

struct distribution {
	enum distribution_kind {
		DISTRIBUTION_POISSON,
		DISTRIBUTION_NEGBIN,
		DISTRIBUTION_BINOMIAL
	} kind;
	double mean;
	double size;   /* of a negative binomial */
	double trials; /* of a binomial */
	/* Of a binomial, success; of a negative binomial, one more case. */
	double chance;
	double rest; /* 1 - chance */
};

/* P(x) = mean^x e^-mean / x!, mean >= 0. */
struct distribution distribution_poisson(double mean);

/*
 * P(x) = Gamma(x + size) / (Gamma(size) x!) p^size (1 - p)^x with
 * p = size / (size + mean): variance mean + mean^2 / size.  size > 0; of
 * INFINITY the Poisson distribution.
 */
struct distribution distribution_negbin(double mean, double size);

/*
 * What a gamma(shape, rate) prior, both > 0, forecasts of a Poisson count in
 * this much volume >= 0: negative binomial of size shape, p = rate / (rate +
 * volume).
 */
struct distribution distribution_forecast(double shape, double rate,
    double volume);

/* Successes in trials (whole, >= 0) that succeed with this chance. */
struct distribution distribution_binomial(double trials, double chance);

/* ln P(X = x); -INFINITY where there is none. */
double distribution_log_pmf(const struct distribution *of, double x);
double distribution_pmf(const struct distribution *of, double x);

/* ln P(X >= x) and ln P(X <= x). */
double distribution_log_upper(const struct distribution *of, double x);
double distribution_log_lower(const struct distribution *of, double x);

/* P(X >= x) and P(X <= x). */
double distribution_upper(const struct distribution *of, double x);
double distribution_lower(const struct distribution *of, double x);

/*
 * The least x with P(X <= x) >= p, as R's qnbinom and qpois have it: p is
 * taken for reached when rounding alone keeps it from that.  INFINITY for
 * p >= 1 (a binomial's: its trials).
 */
double distribution_quantile(const struct distribution *of, double p);

/*
 * P(X >= marked) where draws are taken, without putting back, from a bag of
 * others and of special ones: Fisher's exact test, one sided.  All whole,
 * >= 0, below 1e15.
 */
struct distribution_bag {
	double special, others, draws;
};
double distribution_bag_upper(const struct distribution_bag *bag,
    double marked);

#endif
