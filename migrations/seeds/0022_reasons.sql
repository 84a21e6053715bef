-- The reasons by which a bank may say no (StsRsnInf/Rsn/Cd): ISO 20022 keeps them in an external code
-- set, ExternalStatusReason1Code, which grows every quarter. Read in a public copy of about 2024 and in
-- the list of pacs.002.001.02; an operator files the newest edition beside it, dated.
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    effective_to, proposed_by, approved_by, approved_at)
VALUES (
    '019b76da-a800-7d21-8b40-3f6a1c5e9d70', 'settle.status_reasons', '',
    '[
     "AB01", "AB02", "AB03", "AB04", "AB05", "AB06", "AB07", "AB08", "AB09", "AB10", "AB11", "AC01",
     "AC02", "AC03", "AC04", "AC05", "AC06", "AC07", "AC08", "AC09", "AC10", "AC11", "AC12", "AC13",
     "AC14", "AC15", "AC16", "AEXR", "AG01", "AG02", "AG03", "AG04", "AG05", "AG06", "AG07", "AG08",
     "AG09", "AG10", "AG11", "AG12", "AG13", "AGNT", "ALAC", "AM01", "AM02", "AM03", "AM04", "AM05",
     "AM06", "AM07", "AM09", "AM10", "AM11", "AM12", "AM13", "AM14", "AM15", "AM16", "AM17", "AM18",
     "AM19", "AM20", "AM21", "AM22", "AM23", "ARFR", "ARJR", "ATNS", "BE01", "BE04", "BE05", "BE06",
     "BE07", "BE08", "BE09", "BE10", "BE11", "BE12", "BE13", "BE14", "BE15", "BE16", "BE17", "BE18",
     "BE19", "BE20", "BE21", "BE22", "BE23", "CERI", "CH03", "CH04", "CH07", "CH09", "CH10", "CH11",
     "CH12", "CH13", "CH14", "CH15", "CH16", "CH17", "CH19", "CH20", "CH21", "CH22", "CHQC", "CN01",
     "CNOR", "CURR", "CUST", "DC02", "DNOR", "DS01", "DS02", "DS03", "DS04", "DS05", "DS06", "DS07",
     "DS08", "DS09", "DS0A", "DS0B", "DS0C", "DS0D", "DS0E", "DS0F", "DS0G", "DS0H", "DS0K", "DS10",
     "DS11", "DS12", "DS13", "DS14", "DS15", "DS16", "DS17", "DS18", "DS19", "DS20", "DS21", "DS22",
     "DS23", "DS24", "DS25", "DS26", "DS27", "DT01", "DT02", "DT03", "DT04", "DT05", "DT06", "DU01",
     "DU02", "DU03", "DU04", "DU05", "DUPL", "ED01", "ED03", "ED05", "ED06", "EDTL", "EDTR", "ERIN",
     "FF01", "FF02", "FF03", "FF04", "FF05", "FF06", "FF07", "FF08", "FF09", "FF10", "FF11", "FF12",
     "FF13", "FOCR", "FR01", "FRAD", "G000", "G001", "G002", "G003", "G004", "G005", "G006", "ID01",
     "IEDT", "IRNR", "MD01", "MD02", "MD03", "MD04", "MD05", "MD06", "MD07", "MS02", "MS03", "NARR",
     "NERI", "NOAR", "NOAS", "NOCM", "NOPG", "NRCH", "PINS", "RC01", "RC02", "RC03", "RC04", "RC05",
     "RC06", "RC07", "RC08", "RC09", "RC10", "RC11", "RC12", "RCON", "RECI", "REPR", "RF01", "RR01",
     "RR02", "RR03", "RR04", "RR05", "RR06", "RR07", "RR08", "RR09", "RR10", "RR11", "RR12", "RTNS",
     "RUTA", "S000", "S001", "S002", "S003", "S004", "SL01", "SL02", "SL03", "SL11", "SL12", "SL13",
     "SL14", "SPII", "TA01", "TD01", "TD02", "TD03", "TK01", "TK02", "TK03", "TK09", "TKCM", "TKSG",
     "TKSP", "TKVE", "TKXP", "TM01", "TS01", "TS04", "UCRD", "UPAY"
    ]',
    'ISO 20022 ExternalStatusReason1Code (copy of about 2024, OK: file the newest edition)',
    '2014-01-01', NULL, 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
)
-- What was approved once is never deleted, also not by a way back.
ON CONFLICT DO NOTHING;
