# A server with 10,000 signers of all kinds is taken.
SEIZURE_PEOPLE=10000 exec perl "${0%/*}/../system/211-seizure-kinds.t"
