# A quarter of 1,000 random logs, which two verifiers have to judge alike.
UNDERSIGNED_LOGS=751-1000 exec perl "${0%/*}/../system/215-verify.t"
