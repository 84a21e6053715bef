-- What the registry starts with. Statements end with a semicolon at the end of a line.

-- Customs office codes are samples; get the full list from the authority before going live.
INSERT INTO ports (port, name_zh, name_en, customs_office) VALUES
    ('DONGXING', '东兴', 'Dongxing', '7208'),
    ('PINGXIANG', '凭祥（友谊关）', 'Pingxiang (Youyi Guan)', '7201'),
    ('LONGBANG', '龙邦', 'Longbang', '7204'),
    ('ERENHOT', '二连浩特', 'Erenhot', '0702'),
    ('RUILI', '瑞丽', 'Ruili', '8604'),
    ('MOHAN', '磨憨', 'Mohan', '8608'),
    ('HUNCHUN', '珲春', 'Hunchun', '1510');
