-- SPDX-License-Identifier: ISC
-- Why staff take a batch of signatures out (leaf.back): 2 the same person had signed
-- already, 3 her address never worked, 5 they are false, as all were until now.
ALTER TABLE uncount ADD COLUMN because INTEGER NOT NULL DEFAULT 5;
