-- SPDX-License-Identifier: ISC
-- Why staff take a batch of signatures out (leaf.back): 2 the same person had signed
-- already, 3 her address never worked, 5 they are false, as all were until now.
ALTER TABLE uncount ADD COLUMN because INTEGER NOT NULL DEFAULT 5;

-- Those who might have read another text were to be asked once more; now their mail
-- says which it showed, and what is left is the text they were shown last.
UPDATE signature SET text = -text WHERE text < 0;
