-- partition 2024-01-02
BEGIN TRANSACTION;

DELETE FROM `main`.`comments_and_semicolon`
WHERE `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

INSERT INTO `main`.`comments_and_semicolon` (`day`, `semicolon`, `dashes`)
SELECT
  `day`,
  `semicolon`,
  `dashes`
FROM (
  /* ; a semicolon in a comment */
  SELECT
    day,
    ';' AS semicolon,
    '--' AS dashes /* ) */
  FROM (
    SELECT
      *
    FROM `main`.`flights`
    WHERE
      `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE)
  ) AS `flights` /* the last line is a comment; */
) AS q
WHERE
  `day` >= CAST('2024-01-02' AS DATE) AND `day` < CAST('2024-01-03' AS DATE);

COMMIT TRANSACTION;
