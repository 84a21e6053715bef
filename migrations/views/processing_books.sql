-- owner: processing
-- readers: documents, window
-- E-book periods with where they stand.
CREATE OR REPLACE VIEW v_books AS
SELECT
    book_id,
    enterprise_code,
    port,
    period_from,
    period_to,
    state,
    opened_at,
    ran_out_at,
    closed_at,
    ended_on,
    counted_on
FROM books;
