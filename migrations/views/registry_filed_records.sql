-- owner: registry
-- readers: registry, window
-- Of each record on file the digest of what its rows decide, by which the log vouches for it. code
-- and id find a record by an index of its table; name is what events call it, and no person's. A
-- column that comes later is null in rows of before, and changes no digest of theirs.
CREATE OR REPLACE VIEW v_filed_records AS
WITH said (register, code, id, name, record) AS (
    SELECT 'ports', port, NULL::uuid, port, jsonb_build_object(
        'zh', name_zh, 'en', name_en, 'office', customs_office, 'active', active
    )
    FROM ports
    UNION ALL
    SELECT 'residents', NULL, resident_id, 'res_' || replace(resident_id::text, '-', ''),
        jsonb_build_object(
            'hash', encode(resident_no_hash, 'hex'), 'sealed', encode(sealed, 'hex')
        )
    FROM residents
    UNION ALL
    SELECT 'resident_filings', NULL, resident_id, 'res_' || replace(resident_id::text, '-', ''),
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'on', filed_on, 'until', valid_until, 'no', filing_no, 'key', filing_key,
            'ends', ends_on
        )) ORDER BY filed_on)
    FROM resident_filings GROUP BY resident_id
    UNION ALL
    SELECT 'groups', code_key, NULL, code_key, jsonb_build_object(
        'code', group_code, 'name', name, 'kind', kind, 'port', port, 'leader', leader_id,
        'before', names_before
    )
    FROM groups
    UNION ALL
    SELECT 'memberships', group_code, resident_id,
        group_code || ' res_' || replace(resident_id::text, '-', ''),
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object('on', joined_on, 'left', left_on))
            ORDER BY joined_on)
    FROM memberships GROUP BY group_code, resident_id
    UNION ALL
    SELECT 'mandates', group_code, resident_id,
        group_code || ' res_' || replace(resident_id::text, '-', ''),
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object('on', given_on, 'ended', ended_on))
            ORDER BY given_on)
    FROM mandates GROUP BY group_code, resident_id
    UNION ALL
    SELECT 'enterprises', enterprise_code::text, NULL, enterprise_code::text, jsonb_build_object(
        'credit', credit_code, 'name', name, 'port', port, 'before', names_before
    )
    FROM enterprises
    UNION ALL
    SELECT 'processing_filings', enterprise_code::text, NULL,
        enterprise_code::text || ' ' || hs_prefix,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'from', filed_from, 'to', filed_to, 'kg', yearly_capacity_kg, 'no', filing_no
        )) ORDER BY filed_from)
    FROM processing_filings GROUP BY enterprise_code, hs_prefix
    UNION ALL
    SELECT 'officers', badge_no, officer_id, badge_no, jsonb_build_object(
        'id', officer_id, 'sealed', encode(sealed, 'hex'), 'port', port, 'team', team,
        'skills', skills, 'active', active
    )
    FROM officers
    UNION ALL
    SELECT 'conflicts', NULL, officer_id,
        'ofc_' || replace(officer_id::text, '-', '') || ' ' || party,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object('on', declared_on, 'ended', ended_on))
            ORDER BY declared_on)
    FROM conflicts GROUP BY officer_id, party
    UNION ALL
    SELECT 'officer_duties', NULL, officer_id, 'ofc_' || replace(officer_id::text, '-', ''),
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'duty', duty, 'from', from_on, 'until', until_on
        )) ORDER BY from_on)
    FROM officer_duties GROUP BY officer_id
    UNION ALL
    SELECT 'pool_changes', NULL, filing_id, 'imp_' || replace(filing_id::text, '-', ''),
        jsonb_agg(jsonb_build_object(
            'port', port, 'officer', officer_id, 'what', what, 'detail', detail,
            'at', extract(EPOCH FROM changed_at)
        ) ORDER BY place)
    FROM pool_changes GROUP BY filing_id
    UNION ALL
    SELECT 'banks', bic, NULL, bic, jsonb_build_object(
        'name', name, 'key', public_key, 'rota', rota_order, 'currencies', currencies,
        'offsets', time_offsets, 'before', names_before
    )
    FROM banks
    UNION ALL
    SELECT 'rota_places', bic, NULL, bic,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'place', rota_order, 'on', joined_on, 'left', left_on
        )) ORDER BY joined_on)
    FROM rota_places GROUP BY bic
    UNION ALL
    SELECT 'bank_keys', k.bic, NULL, k.bic, jsonb_build_object(
        'until', (SELECT extract(EPOCH FROM b.key_until) FROM banks AS b WHERE b.bic = k.bic),
        'keys', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'id', k.key_id, 'key', k.public_key, 'overlap', k.overlap_hours,
            'wished', extract(EPOCH FROM k.wished_from), 'state', k.state,
            'by', k.proposed_by, 'at', extract(EPOCH FROM k.proposed_at),
            'decided_by', k.decided_by, 'decided_at', extract(EPOCH FROM k.decided_at),
            'from', extract(EPOCH FROM k.valid_from), 'to', extract(EPOCH FROM k.valid_until)
        )) ORDER BY k.key_id)
    )
    FROM bank_keys AS k GROUP BY k.bic
    UNION ALL
    SELECT 'signatories', party, NULL, party || ' ' || subject || ' ' || duty,
        jsonb_build_object('active', active)
    FROM signatories
    UNION ALL
    SELECT 'payer_accounts', party_key, NULL, party_key || ' ' || bank_bic, jsonb_build_object(
        'party', party, 'sealed', encode(sealed, 'hex'), 'hash', encode(account_hash, 'hex'),
        'before', held_before
    )
    FROM payer_accounts
    UNION ALL
    SELECT 'sellers', code_key, NULL, code_key, jsonb_build_object(
        'code', seller_code, 'name', name, 'key', name_key, 'country', country,
        'bank', bank_bic, 'account', account, 'before', names_before, 'held', held_before
    )
    FROM sellers
    UNION ALL
    -- Of what was on file before filings kept digests the names, as one: whoever adds to them by
    -- hand, so that a record of his own passes as one of before, changes this.
    SELECT 'records_before', NULL, NULL, 'all', jsonb_build_object(
        'names', count(*), 'said', encode(sha256(convert_to(coalesce(
            string_agg(
                register || ' ' || name, E'\n'
                ORDER BY register COLLATE "C", name COLLATE "C"
            ), ''
        ), 'UTF8')), 'hex')
    )
    FROM records_before
)

SELECT
    register,
    code,
    id,
    name,
    sha256(convert_to(jsonb_strip_nulls(record)::text, 'UTF8')) AS digest
FROM said;
