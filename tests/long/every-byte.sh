# Every byte of a published log, of receipts and promises is changed.
UNDERSIGNED_LOGS=1 UNDERSIGNED_EVERY_BYTE=1 exec perl "${0%/*}/../system/215-verify.t"
